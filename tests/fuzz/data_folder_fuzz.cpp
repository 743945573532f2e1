// Data folders: a mask of 4 x 4 pixels (figure, body part), a counting, and a list of keypoints.

#include "data_formats/data_folder/data_folder.h"

#include <unistd.h>

#include "base/file_writer.h"
#include "data_formats/image/image.h"
#include "tests/data_formats/scratch_folder.h"
#include "tests/fuzz/fuzz.h"

using namespace figurant;
using namespace figurant::data_formats;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t head = 33;
    if (size < head) return 0;
    static const ScratchFolder folder;
    static const std::string picture = encode_png(cv::Mat(4, 4, CV_8UC3, cv::Scalar(9)));
    cv::Mat mask(4, 4, CV_8UC3, cv::Scalar(0, 0, 0));
    for (int i = 0; i < 16; ++i) {
        mask.at<cv::Vec3b>(i / 4, i % 4)[0] = data[1 + 2 * i];
        mask.at<cv::Vec3b>(i / 4, i % 4)[1] = data[2 + 2 * i];
    }
    const bool one_channel = data[0] & 4;
    if (one_channel) cv::extractChannel(mask.clone(), mask, 0);
    DataFolderEntry entry{"a.png", folder.put("images/a.png", picture),
                          folder.put("masks/a.png", encode_png(mask)),
                          folder.put("keypoints/a.json", fuzz::text_of(data + head, size - head))};
    if (data[0] & 8) entry.keypoints.clear();
    const FirstFigure first[] = {FirstFigure::detect, FirstFigure::zero, FirstFigure::one,
                                 FirstFigure::detect};
    fuzz::may_refuse([&] { decode_example(read_stored_example(entry, first[data[0] & 3]), "fuzz"); });
    return 0;
}
