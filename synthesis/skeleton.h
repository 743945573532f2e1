#pragma once
// Bodies and poses: a skeleton in space, posed by angles, seen from a side.

#include <array>
#include <opencv2/core.hpp>

#include "synthesis/random.h"

namespace figurant::synthesis {

/// Joints in the order of the dataset's keypoints; "hip" and "thorax" are the middle ones.
enum Joint {
    right_ankle,
    right_knee,
    right_hip,
    left_hip,
    left_knee,
    left_ankle,
    middle_hip,
    thorax,
    neck,
    head_top,
    right_wrist,
    right_elbow,
    right_shoulder,
    left_shoulder,
    left_elbow,
    left_wrist
};

/// Lengths in heights of a standing figure.
struct Build {
    float head = 0.075F;      ///< half the head's height
    float head_width = 0.8F;  ///< of the head's height
    float neck = 0.035F;
    float torso = 0.29F;
    float shoulders = 0.105F;  ///< half the distance between them
    float hips = 0.055F;
    float upper_arm = 0.165F, forearm = 0.145F, hand = 0.035F;
    float thigh = 0.24F, shin = 0.235F, foot = 0.09F;
    float thickness = 1;  ///< of the limbs
    float belly = 1;      ///< of the waist
    static Build random(Random& random, bool caricature);
};

struct ArmPose {
    float raise = 0, spread = 0.15F, bend = 0.2F, inward = 0;
};
struct LegPose {
    float raise = 0, spread = 0.06F, bend = 0.05F;
};

/// Angles in radians; index 0 is the right side.
struct Pose {
    float lean = 0, sway = 0, nod = 0, turn = 0, roll = 0;
    std::array<ArmPose, 2> arm;
    std::array<LegPose, 2> leg;
    bool seated = false, mounted = false;
    bool stretched = false;  ///< to be laid down: lying, swimming, flying
};

enum class Action {
    standing,
    walking,
    running,
    sitting,
    kneeling,
    working,
    dancing,
    pointing,
    fighting,
    praying,
    riding,
    bowing,
    climbing,
    jumping,
    carrying,
    lying,
    squatting,
    balancing,
    count
};

Pose random_pose(Action action, Random& random);

/// A point seen: on the sheet in figure heights (x right, y down, the ground at 0), and its nearness.
struct Seen {
    cv::Point2f at;
    float near = 0;
};

struct Skeleton {
    std::array<Seen, 16> joint;
    std::array<Seen, 2> hand, toe, heel;
    Seen head, belly_front, chest_front, back;
    cv::Point2f head_up;  ///< unit vector on the sheet
    float face_turn = 0;  ///< azimuth of the face: 0 to the viewer, positive to the sheet's right; radians
    float azimuth = 0;    ///< of the body
    bool seated = false, mounted = false;
};

/// `azimuth`: 0 facing the viewer, pi/2 facing the sheet's right, pi from behind. `elevation`: of the viewer.
Skeleton look_at(const Build& build, const Pose& pose, float azimuth, float elevation);

}  // namespace figurant::synthesis
