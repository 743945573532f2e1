#pragma once
// Stages for the tests of graph files: one of each kind, over numbers. Registered in graph_test_stages.cpp:
//
// clang-format off
//     read_numbers   source   paths (path, many, required), first (int 0 to 100)      -> number
//     double_number  map      times (int, 2), mode (string, "plain" or "thorough")    number -> number
//     label_number   map      text (string, required), scale (float, 0 to 1)          number -> label
//     add_numbers    map                                                              a, b: number -> number
//     halve_number   map                                                              number -> half, rest: number
//     split_number   expand   parts (int)                                             number -> part: number
//     sum_numbers    gather                                                           part: number -> sum: number
//     batch_numbers  regroup  size (int)                                              number -> batch: number
//     write_numbers  sink     folder (path, required), digits (int list)              number
//     total_numbers  finish                                                           number
// clang-format on

namespace figurant::pipeline::test {

/// Does nothing; calling it makes sure that the stages are linked.
void link_graph_test_stages();

}  // namespace figurant::pipeline::test
