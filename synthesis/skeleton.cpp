#include "synthesis/skeleton.h"

#include <algorithm>
#include <cmath>

namespace figurant::synthesis {
namespace {

using Vector = cv::Point3f;

Vector turned_about_x(Vector v, float a) {
    return {v.x, v.y * std::cos(a) - v.z * std::sin(a), v.y * std::sin(a) + v.z * std::cos(a)};
}
Vector turned_about_y(Vector v, float a) {
    return {v.x * std::cos(a) + v.z * std::sin(a), v.y, -v.x * std::sin(a) + v.z * std::cos(a)};
}
Vector turned_about_z(Vector v, float a) {
    return {v.x * std::cos(a) - v.y * std::sin(a), v.x * std::sin(a) + v.y * std::cos(a), v.z};
}

/// A limb hanging down, raised to the front, then spread to its side (`side` -1 right, 1 left).
Vector limb(float raise, float spread, float side) {
    return {std::sin(spread) * side, -std::cos(raise) * std::cos(spread), std::sin(raise) * std::cos(spread)};
}

/// Space: x to the figure's left, y up, z to its front; the pelvis is the origin.
struct Space {
    std::array<Vector, 16> joint;
    std::array<Vector, 2> hand, toe, heel;
    Vector head, head_up, belly_front, chest_front, back;
};

void place_arms(Space& s, const Build& b, const Pose& pose, const Vector& up) {
    for (int i = 0; i < 2; ++i) {
        const float side = i == 0 ? -1.0F : 1.0F;
        const auto& arm = pose.arm[static_cast<std::size_t>(i)];
        const Vector shoulder =
            s.joint[thorax] + turned_about_z({side * b.shoulders, 0, 0}, -pose.sway) - up * 0.015F;
        const Vector upper = limb(arm.raise, arm.spread, side);
        const Vector lower = limb(arm.raise + arm.bend, arm.spread - arm.inward, side);
        const Vector elbow = shoulder + upper * b.upper_arm, wrist = elbow + lower * b.forearm;
        s.joint[i == 0 ? right_shoulder : left_shoulder] = shoulder;
        s.joint[i == 0 ? right_elbow : left_elbow] = elbow;
        s.joint[i == 0 ? right_wrist : left_wrist] = wrist;
        s.hand[static_cast<std::size_t>(i)] = wrist + lower * b.hand;
    }
}

void place_legs(Space& s, const Build& b, const Pose& pose) {
    for (int i = 0; i < 2; ++i) {
        const float side = i == 0 ? -1.0F : 1.0F;
        const auto& leg = pose.leg[static_cast<std::size_t>(i)];
        const Vector hip{side * b.hips, 0, 0};
        const Vector knee = hip + limb(leg.raise, leg.spread, side) * b.thigh;
        const Vector ankle = knee + limb(leg.raise - leg.bend, leg.spread * 0.6F, side) * b.shin;
        const float pitch = std::clamp(leg.raise - leg.bend, -1.3F, 0.5F) * 0.8F;
        const Vector forward = turned_about_y(turned_about_x({0, 0, 1}, -pitch), side * 0.35F);
        s.joint[i == 0 ? right_hip : left_hip] = hip;
        s.joint[i == 0 ? right_knee : left_knee] = knee;
        s.joint[i == 0 ? right_ankle : left_ankle] = ankle;
        const Vector sole = ankle + turned_about_x({0, -0.025F, 0}, -pitch);
        s.toe[static_cast<std::size_t>(i)] = sole + forward * (b.foot * 0.8F);
        s.heel[static_cast<std::size_t>(i)] = sole - forward * (b.foot * 0.15F);
    }
}

Space in_space(const Build& b, const Pose& pose) {
    Space s;
    const Vector up = turned_about_z(turned_about_x({0, 1, 0}, pose.lean), -pose.sway);
    const Vector front = turned_about_x({0, 0, 1}, pose.lean);
    s.joint[middle_hip] = {0, 0, 0};
    s.joint[thorax] = up * b.torso;
    s.joint[neck] = up * (b.torso + b.neck);
    s.head_up = turned_about_z(turned_about_x(up, pose.nod), -pose.roll);
    s.head = s.joint[neck] + s.head_up * b.head + front * (b.head * 0.15F);
    s.joint[head_top] = s.joint[neck] + s.head_up * (2 * b.head);
    s.chest_front = up * (b.torso * 0.75F) + front * 0.045F;
    s.back = up * (b.torso * 0.75F) - front * 0.045F;
    s.belly_front = up * (b.torso * 0.3F) + front * (0.05F * b.belly);
    place_arms(s, b, pose, up);
    place_legs(s, b, pose);
    return s;
}

}  // namespace

Build Build::random(Random& random, bool caricature) {
    Build b;
    const float slim = random.real(0.85F, 1.2F);
    b.thickness = random.real(0.8F, 1.35F);
    b.belly = random.real(0.8F, 1.25F) * (random.chance(0.12F) ? 1.5F : 1.0F);
    b.shoulders *= slim * random.real(0.88F, 1.12F);
    b.hips *= random.real(0.9F, 1.2F);
    b.head *= random.real(0.9F, 1.25F);
    b.head_width = random.real(0.68F, 0.95F);
    if (caricature) {
        b.head *= random.real(1.3F, 2.3F);
        b.thigh *= random.real(0.6F, 0.9F);
        b.shin *= random.real(0.6F, 0.9F);
        b.torso *= random.real(0.75F, 1.0F);
        b.thickness *= random.real(1.0F, 1.4F);
    }
    // Children and long-legged fashion figures.
    const float legs = random.real(0.88F, 1.1F);
    b.thigh *= legs;
    b.shin *= legs;
    b.upper_arm *= random.real(0.9F, 1.1F);
    return b;
}

namespace {

void pose_arms_idly(Pose& p, Random& r) {
    for (auto& arm : p.arm) {
        switch (r.weighted({5, 2, 2, 2, 1.5F, 1})) {
            case 0:
                arm = {r.bell(0.15F), r.real(0.05F, 0.35F), r.real(0.05F, 0.5F), 0.1F};
                break;
            case 1:
                arm = {-0.35F, r.real(0.5F, 0.9F), 0.6F, r.real(1.4F, 1.9F)};
                break;  // on the hip
            case 2:
                arm = {r.real(0.1F, 0.5F), r.real(0.05F, 0.3F), r.real(1.2F, 1.9F), 0.4F};
                break;  // before the chest
            case 3:
                arm = {r.real(0.6F, 1.5F), r.real(0.1F, 0.8F), r.real(0, 0.9F), 0};
                break;  // holding out
            case 4:
                arm = {r.real(-0.2F, 0.3F), r.real(1.1F, 2.2F), r.real(0, 0.4F), r.real(-1.4F, 0.3F)};
                break;  // up at the side
            default:
                arm = {r.real(1.8F, 2.7F), r.real(0, 0.4F), r.real(0, 0.7F), 0};
                break;  // raised high
        }
    }
}

void pose_seated(Pose& p, Random& r) {
    p.seated = true;
    const bool on_ground = r.chance(0.25F);
    for (auto& leg : p.leg) {
        if (on_ground)
            leg = {r.real(1.6F, 2.2F), r.real(0.1F, 0.7F), r.real(1.4F, 2.3F)};
        else
            leg = {r.real(1.3F, 1.6F), r.real(0.05F, 0.4F), r.real(1.2F, 1.8F)};
    }
    p.lean = r.real(-0.15F, 0.35F);
}

void pose_mounted(Pose& p, Random& r) {
    p.mounted = true;
    p.lean = r.real(-0.1F, 0.25F);
    for (auto& leg : p.leg) leg = {r.real(0.6F, 1.0F), r.real(0.25F, 0.45F), r.real(0.7F, 1.2F)};
    if (r.chance(0.7F)) p.arm[r.chance(0.5F) ? 0 : 1] = {r.real(0.4F, 0.8F), 0.1F, r.real(0.5F, 1.0F), 0.2F};
}

}  // namespace

Pose random_pose(Action action, Random& r) {
    Pose p;
    p.turn = r.bell(0.5F);
    p.roll = r.bell(0.1F);
    p.nod = r.bell(0.12F);
    p.sway = r.bell(0.06F);
    p.lean = r.bell(0.06F);
    pose_arms_idly(p, r);
    for (auto& leg : p.leg) leg = {r.bell(0.08F), r.real(0.0F, 0.16F), r.real(0, 0.12F)};
    const float step = r.sign();
    switch (action) {
        case Action::walking:
        case Action::running: {
            const float stride = action == Action::walking ? r.real(0.25F, 0.55F) : r.real(0.6F, 1.0F);
            p.lean += action == Action::walking ? 0.06F : 0.25F;
            p.leg[0] = {step * stride, 0.03F, step > 0 ? r.real(0, 0.3F) : r.real(0.2F, stride * 1.6F)};
            p.leg[1] = {-step * stride, 0.03F, step < 0 ? r.real(0, 0.3F) : r.real(0.2F, stride * 1.6F)};
            if (r.chance(0.6F))
                for (int i = 0; i < 2; ++i)
                    p.arm[static_cast<std::size_t>(i)] = {
                        (i == 0 ? -step : step) * stride, 0.1F,
                        action == Action::walking ? r.real(0.1F, 0.5F) : r.real(0.8F, 1.6F), 0.1F};
            break;
        }
        case Action::sitting:
            pose_seated(p, r);
            break;
        case Action::kneeling:
            for (auto& leg : p.leg) leg = {r.real(0, 0.3F), 0.1F, r.real(1.5F, 1.9F)};
            if (r.chance(0.6F)) p.leg[0] = {1.5F, 0.1F, 1.6F};
            p.lean = r.real(0, 0.4F);
            break;
        case Action::working:
            p.lean = r.real(0.4F, 1.2F);
            for (auto& arm : p.arm)
                arm = {r.real(0.5F, 1.6F) + p.lean * 0.3F, r.real(0, 0.25F), r.real(0.1F, 0.8F), 0.2F};
            for (auto& leg : p.leg) leg = {r.real(-0.1F, 0.4F), 0.12F, r.real(0.1F, 0.6F)};
            break;
        case Action::bowing:
            p.lean = r.real(0.5F, 1.3F);
            p.nod = r.real(0, 0.5F);
            break;
        case Action::dancing:
            p.sway = r.bell(0.2F);
            for (auto& arm : p.arm)
                arm = {r.real(-0.4F, 1.2F), r.real(0.6F, 2.6F), r.real(0, 1.2F), r.real(-1.2F, 1.2F)};
            p.leg[0] = {r.real(-0.3F, 1.2F), r.real(0, 0.7F), r.real(0, 1.4F)};
            break;
        case Action::pointing:
            p.arm[r.chance(0.5F) ? 0 : 1] = {r.real(0.9F, 1.7F), r.real(0, 0.9F), r.real(0, 0.2F), 0};
            break;
        case Action::fighting:
            p.lean = r.real(0, 0.3F);
            p.leg[0] = {step * r.real(0.2F, 0.7F), 0.15F, r.real(0, 0.7F)};
            p.leg[1] = {-step * r.real(0.2F, 0.6F), 0.15F, r.real(0, 0.4F)};
            p.arm[0] = {r.real(0.8F, 2.8F), r.real(0, 0.6F), r.real(0, 1.2F), 0};
            p.arm[1] = {r.real(0.3F, 1.2F), r.real(0, 0.5F), r.real(0.4F, 1.6F), 0.3F};
            break;
        case Action::praying:
            for (auto& arm : p.arm) arm = {r.real(0.3F, 0.6F), 0.05F, r.real(1.5F, 2.0F), 0.35F};
            break;
        case Action::riding:
            pose_mounted(p, r);
            break;
        case Action::climbing:
            p.arm[0] = {r.real(2.2F, 2.9F), r.real(0, 0.5F), r.real(0, 0.6F), 0};
            p.arm[1] = {r.real(1.6F, 2.6F), r.real(0, 0.5F), r.real(0.2F, 1.2F), 0};
            p.leg[0] = {r.real(0.9F, 1.6F), r.real(0.1F, 0.5F), r.real(1.0F, 1.8F)};
            p.leg[1] = {r.real(0, 0.5F), r.real(0, 0.2F), r.real(0, 0.5F)};
            break;
        case Action::jumping:
            for (auto& arm : p.arm)
                arm = {r.real(0.2F, 2.8F), r.real(0.3F, 1.6F), r.real(0, 0.9F), r.real(-0.6F, 0.2F)};
            for (auto& leg : p.leg) leg = {r.real(-0.4F, 1.3F), r.real(0.1F, 0.7F), r.real(0.2F, 1.9F)};
            break;
        case Action::carrying:  // on the head, on the shoulder
            p.arm[0] = {r.real(2.0F, 2.6F), r.real(0.1F, 0.6F), r.real(0.7F, 1.3F), 0.3F};
            if (r.chance(0.6F)) p.arm[1] = {r.real(2.0F, 2.6F), r.real(0.1F, 0.6F), r.real(0.7F, 1.3F), 0.3F};
            p.leg[0] = {step * r.real(0, 0.4F), 0.05F, r.real(0, 0.3F)};
            p.leg[1] = {-step * r.real(0, 0.4F), 0.05F, r.real(0, 0.4F)};
            break;
        case Action::lying:
            p.stretched = true;
            for (auto& arm : p.arm)
                arm = {r.real(-0.4F, 2.9F), r.real(0, 0.6F), r.real(0, 1.2F), r.real(0, 0.4F)};
            for (auto& leg : p.leg) leg = {r.real(-0.2F, 0.6F), r.real(0, 0.25F), r.real(0, 0.9F)};
            break;
        case Action::squatting:
            p.lean = r.real(0.2F, 0.7F);
            for (auto& leg : p.leg) leg = {r.real(1.5F, 2.1F), r.real(0.1F, 0.7F), r.real(1.9F, 2.4F)};
            for (auto& arm : p.arm) arm = {r.real(0.6F, 1.3F), r.real(0, 0.3F), r.real(0.2F, 1.2F), 0.2F};
            break;
        case Action::balancing: {
            const std::size_t raised = r.chance(0.5F) ? 0 : 1;
            p.leg[raised] = {r.real(-1.3F, 1.6F), r.real(0, 0.9F), r.real(0, 1.6F)};
            p.leg[1 - raised] = {r.bell(0.05F), 0.02F, r.real(0, 0.15F)};
            p.lean = r.real(-0.1F, 0.7F);
            for (auto& arm : p.arm)
                arm = {r.real(-0.5F, 2.4F), r.real(0.4F, 1.7F), r.real(0, 0.5F), r.real(-0.8F, 0)};
            break;
        }
        default:
            break;
    }
    return p;
}

Skeleton look_at(const Build& build, const Pose& pose, float azimuth, float elevation) {
    const Space s = in_space(build, pose);
    const auto view = [&](Vector v) { return turned_about_x(turned_about_y(v, azimuth), elevation); };
    const auto seen = [&](Vector v) {
        const Vector w = view(v);
        return Seen{{w.x, -w.y}, w.z};
    };
    Skeleton k;
    for (std::size_t i = 0; i < 16; ++i) k.joint[i] = seen(s.joint[i]);
    for (std::size_t i = 0; i < 2; ++i) {
        k.hand[i] = seen(s.hand[i]);
        k.toe[i] = seen(s.toe[i]);
        k.heel[i] = seen(s.heel[i]);
    }
    k.head = seen(s.head);
    k.belly_front = seen(s.belly_front);
    k.chest_front = seen(s.chest_front);
    k.back = seen(s.back);
    const Vector up = view(s.head_up);
    const float norm = std::max(0.05F, std::hypot(up.x, up.y));
    k.head_up = {up.x / norm, -up.y / norm};
    k.azimuth = azimuth;
    k.face_turn = azimuth + pose.turn;
    k.seated = pose.seated;
    k.mounted = pose.mounted;
    // The lowest point stands on the ground.
    float lowest = -1e9F;
    for (std::size_t i = 0; i < 2; ++i) lowest = std::max({lowest, k.toe[i].at.y, k.heel[i].at.y});
    for (const Joint j : {right_knee, left_knee, middle_hip})
        lowest = std::max(lowest, k.joint[j].at.y + 0.03F);
    const auto drop = [&](Seen& point) { point.at.y -= lowest; };
    for (auto& point : k.joint) drop(point);
    for (std::size_t i = 0; i < 2; ++i) {
        drop(k.hand[i]);
        drop(k.toe[i]);
        drop(k.heel[i]);
    }
    for (auto* point : {&k.head, &k.belly_front, &k.chest_front, &k.back}) drop(*point);
    return k;
}

}  // namespace figurant::synthesis
