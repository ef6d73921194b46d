#pragma once

#include <array>
#include <string_view>
#include <vector>

namespace funcorr {

// Four numbers of a box as a reply spells them, in the reply's own order.
using BoxNumbers = std::array<double, 4>;

// How the families spell boxes. Each finds all of them, in the order of the reply, and passes over what is
// cut off, has another count of numbers, or is no number. Prose and code fences around them do no harm.

// "[[a,b,c,d]]", several joined by ';' inside (CogVLM).
std::vector<BoxNumbers> find_double_brackets(std::string_view reply);
// Every innermost [a,b,c,d], also of nested lists; (a,b,c,d) and {a,b,c,d} with `any_bracket`.
std::vector<BoxNumbers> find_brackets(std::string_view reply, bool any_bracket = false);
// "(a,b),(c,d)": two corners (Qwen-VL).
std::vector<BoxNumbers> find_corner_pairs(std::string_view reply);
// The list of four numbers behind each of these keys of JSON objects ("bbox_2d": [a,b,c,d]); where none of
// the keys is there, every list of four numbers. Objects behind a cut-off one are lost with it; those before
// are not.
std::vector<BoxNumbers> find_json(std::string_view reply, std::initializer_list<std::string_view> keys);
// Four numbers behind these keys of one JSON object, in this order ("x_min": a, "y_min": b …; Moondream).
std::vector<BoxNumbers> find_named_sides(std::string_view reply, const std::array<std::string_view, 4>& keys);
// The list of two numbers behind each such key of JSON objects: {first, second, 0, 0}.
std::vector<BoxNumbers> find_json_pairs(std::string_view reply, std::string_view key);
// Four "<loc_a>" in a row, by what stands before the number ("<loc_" of Florence-2, "<loc" of PaliGemma).
std::vector<BoxNumbers> find_locations(std::string_view reply, std::string_view open);
// "<box>a b c d</box>" (MiniCPM-V); commas do no harm.
std::vector<BoxNumbers> find_tagged_boxes(std::string_view reply);
// Two "<patch_index_0123>" in a row (Kosmos-2): {first, second, 0, 0}.
std::vector<BoxNumbers> find_patch_pairs(std::string_view reply);
// x="12.5" y="30" or x1="12.5" y1="30" … (Molmo): {x, y, 0, 0}.
std::vector<BoxNumbers> find_points(std::string_view reply);
// coords="1 1 123 456 2 300 400 …" (Molmo 2): an image's number, then a point's number, x and y: {x, y, 0,
// 0}. Several images have ';', ',' or ':' between them.
std::vector<BoxNumbers> find_point_triples(std::string_view reply);
// Four numbers with commas or blanks between them and nothing else, brackets around or not (ManipVQA).
std::vector<BoxNumbers> find_number_runs(std::string_view reply);

}  // namespace funcorr
