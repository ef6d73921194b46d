#include "tools/simulated_server/box_reply.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <stdexcept>

#include <fmt/format.h>

namespace funcorr {
namespace {

// A box in the padded square: shares of its side.
struct SquareBox {
  double x0, y0, x1, y1;
};

SquareBox in_square(const PixelBox& box, const SquarePadding& image) {
  const double side = image.side(), left = image.left(), top = image.top();
  return {(box.x1 + left) / side, (box.y1 + top) / side, (box.x2 + left) / side, (box.y2 + top) / side};
}

int units(double share, double per_side, int most) {
  return std::clamp(static_cast<int>(std::lround(share * per_side)), 0, most);
}

std::array<int, 4> units(const SquareBox& box, double per_side, int most) {
  return {units(box.x0, per_side, most), units(box.y0, per_side, most), units(box.x1, per_side, most),
          units(box.y1, per_side, most)};
}

std::string joined(const std::vector<SquareBox>& boxes, const char* between,
                   const std::function<std::string(const SquareBox&)>& spell) {
  std::string text;
  for (const SquareBox& box : boxes) text.append(text.empty() ? "" : between).append(spell(box));
  return text;
}

std::string framed(std::string_view before, const std::string& text, std::string_view after) {
  std::string out(before);
  return out.append(text).append(after);
}

std::string cogvlm(const std::vector<SquareBox>& boxes, int) {
  return framed("[[",
                joined(boxes, ";",
                       [](const SquareBox& box) {
                         const auto n = units(box, 1000, 999);
                         return fmt::format("{:03},{:03},{:03},{:03}", n[0], n[1], n[2], n[3]);
                       }),
                "]]");
}

std::string qwen_vl(const std::vector<SquareBox>& boxes, int) {
  return joined(boxes, "", [](const SquareBox& box) {
    const auto n = units(box, 1000, 1000);
    return fmt::format("<|box_start|>({},{}),({},{})<|box_end|>", n[0], n[1], n[2], n[3]);
  });
}

std::string json_list(const std::vector<SquareBox>& boxes, double per_side) {
  return framed("```json\n[",
                joined(boxes, ",\n",
                       [per_side](const SquareBox& box) {
                         const auto n = units(box, per_side, static_cast<int>(per_side));
                         return fmt::format("{{\"bbox_2d\": [{}, {}, {}, {}], \"label\": \"part\"}}", n[0],
                                            n[1], n[2], n[3]);
                       }),
                "]\n```");
}

// The side that Qwen2.5-VL's processor makes of `side`, for pictures within its limits of size.
std::string qwen25_vl(const std::vector<SquareBox>& boxes, int side) {
  const int steps = std::max(2, static_cast<int>(std::nearbyint(side / 28.0)));
  return json_list(boxes, 28.0 * steps);
}

std::string qwen3_vl(const std::vector<SquareBox>& boxes, int) { return json_list(boxes, 1000); }

std::string gemini(const std::vector<SquareBox>& boxes, int) {
  return framed("[",
                joined(boxes, ", ",
                       [](const SquareBox& box) {
                         const auto n = units(box, 1000, 1000);
                         return fmt::format("{{\"box_2d\": [{}, {}, {}, {}], \"label\": \"part\"}}", n[1],
                                            n[0], n[3], n[2]);
                       }),
                "]");
}

// As for a segmentation: with a PNG in base64 beside each box.
std::string gemini_mask(const std::vector<SquareBox>& boxes, int) {
  static const std::string kMask = "data:image/png;base64,iVBORw0KGgo" + std::string(2000, 'A');
  return framed("```json\n[\n",
                joined(boxes, ",\n",
                       [](const SquareBox& box) {
                         const auto n = units(box, 1000, 1000);
                         return fmt::format(
                             "  {{\"box_2d\": [{}, {}, {}, {}], \"mask\": \"{}\", \"label\": "
                             "\"part\"}}",
                             n[1], n[0], n[3], n[2], kMask);
                       }),
                "\n]\n```");
}

std::string gemini_points(const std::vector<SquareBox>& boxes, int) {
  return framed("[",
                joined(boxes, ", ",
                       [](const SquareBox& box) {
                         return fmt::format("{{\"point\": [{}, {}], \"label\": \"part\"}}",
                                            units(0.5 * (box.y0 + box.y1), 1000, 1000),
                                            units(0.5 * (box.x0 + box.x1), 1000, 1000));
                       }),
                "]");
}

std::string internvl(const std::vector<SquareBox>& boxes, int) {
  return framed("<ref>part</ref><box>[",
                joined(boxes, ", ",
                       [](const SquareBox& box) {
                         const auto n = units(box, 1000, 1000);
                         return fmt::format("[{}, {}, {}, {}]", n[0], n[1], n[2], n[3]);
                       }),
                "]</box>");
}

std::string glm(const std::vector<SquareBox>& boxes, int) {
  return framed("It is here: ",
                joined(boxes, " and ",
                       [](const SquareBox& box) {
                         const auto n = units(box, 1000, 1000);
                         return fmt::format("<|begin_of_box|>[{},{},{},{}]<|end_of_box|>", n[0], n[1], n[2],
                                            n[3]);
                       }),
                "");
}

std::string deepseek_vl2(const std::vector<SquareBox>& boxes, int) {
  return framed("<|ref|>part<|/ref|><|det|>[",
                joined(boxes, ", ",
                       [](const SquareBox& box) {
                         const auto n = units(box, 999, 999);
                         return fmt::format("[{}, {}, {}, {}]", n[0], n[1], n[2], n[3]);
                       }),
                "]<|/det|>");
}

std::string florence_2(const std::vector<SquareBox>& boxes, int) {
  return framed("part",
                joined(boxes, "",
                       [](const SquareBox& box) {
                         const auto bin = [](double share) {
                           return std::clamp(static_cast<int>(share * 1000), 0, 999);
                         };
                         return fmt::format("<loc_{}><loc_{}><loc_{}><loc_{}>", bin(box.x0), bin(box.y0),
                                            bin(box.x1), bin(box.y1));
                       }),
                "");
}

std::string kosmos_2(const std::vector<SquareBox>& boxes, int) {
  return joined(boxes, "", [](const SquareBox& box) {
    const auto cell = [](double share) { return std::clamp(static_cast<int>(share * 32), 0, 31); };
    return fmt::format("<object><patch_index_{:04}><patch_index_{:04}></object>",
                       32 * cell(box.y0) + cell(box.x0), 32 * cell(box.y1) + cell(box.x1));
  });
}

std::string molmo(const std::vector<SquareBox>& boxes, int) {
  return joined(boxes, " ", [](const SquareBox& box) {
    return fmt::format("<point x=\"{:.1f}\" y=\"{:.1f}\" alt=\"part\">part</point>", 50 * (box.x0 + box.x1),
                       50 * (box.y0 + box.y1));
  });
}

std::string molmo_2(const std::vector<SquareBox>& boxes, int) {
  std::string points;
  for (std::size_t i = 0; i < boxes.size(); ++i)
    points += fmt::format(" {} {:03} {:03}", i + 1, units(0.5 * (boxes[i].x0 + boxes[i].x1), 1000, 1000),
                          units(0.5 * (boxes[i].y0 + boxes[i].y1), 1000, 1000));
  return boxes.empty() ? "There are none." : "<points coords=\"1" + points + "\">part</points>";
}

std::string minicpm_v(const std::vector<SquareBox>& boxes, int) {
  return joined(boxes, "", [](const SquareBox& box) {
    const auto n = units(box, 1000, 1000);
    return fmt::format("<ref>part</ref><box>{} {} {} {}</box>", n[0], n[1], n[2], n[3]);
  });
}

std::string moondream(const std::vector<SquareBox>& boxes, int) {
  return framed("{\"objects\": [",
                joined(boxes, ", ",
                       [](const SquareBox& box) {
                         return fmt::format(
                             "{{\"x_min\": {:.5f}, \"y_min\": {:.5f}, \"x_max\": {:.5f}, \"y_max\": {:.5f}}}",
                             box.x0, box.y0, box.x1, box.y1);
                       }),
                "]}");
}

std::string paligemma(const std::vector<SquareBox>& boxes, int) {
  return joined(boxes, " ; ", [](const SquareBox& box) {
    const auto n = units(box, 1024, 1023);
    return fmt::format("<loc{:04}><loc{:04}><loc{:04}><loc{:04}> part", n[1], n[0], n[3], n[2]);
  });
}

// In pixels of the square after it was made `side` px wide.
std::string pixel_list(const std::vector<SquareBox>& boxes, int side) {
  return framed("[",
                joined(boxes, ", ",
                       [side](const SquareBox& box) {
                         const auto n = units(box, side, side);
                         return fmt::format("{{\"bbox\": [{}, {}, {}, {}], \"label\": \"part\"}}", n[0], n[1],
                                            n[2], n[3]);
                       }),
                "]");
}

std::string claude(const std::vector<SquareBox>& boxes, int side) {
  return pixel_list(boxes, std::min(side, 1092));
}

std::string openai(const std::vector<SquareBox>& boxes, int side) {
  return pixel_list(boxes, std::min(side, 768));
}

std::string manipvqa(const std::vector<SquareBox>& boxes, int) {
  return joined(boxes, "; ", [](const SquareBox& box) {
    return fmt::format("[{:.3f}, {:.3f}, {:.3f}, {:.3f}]", box.x0, box.y0, box.x1, box.y1);
  });
}

struct Speller {
  std::string_view format;
  std::string (*spell)(const std::vector<SquareBox>& boxes, int side);
};

constexpr Speller kSpellers[] = {{"cogvlm", cogvlm},
                                 {"qwen-vl", qwen_vl},
                                 {"qwen2.5-vl", qwen25_vl},
                                 {"qwen3-vl", qwen3_vl},
                                 {"gemini", gemini},
                                 {"internvl", internvl},
                                 {"glm", glm},
                                 {"deepseek-vl2", deepseek_vl2},
                                 {"florence-2", florence_2},
                                 {"kosmos-2", kosmos_2},
                                 {"molmo", molmo},
                                 {"manipvqa", manipvqa},
                                 {"gemini-mask", gemini_mask},
                                 {"gemini-points", gemini_points},
                                 {"molmo-2", molmo_2},
                                 {"minicpm-v", minicpm_v},
                                 {"moondream", moondream},
                                 {"paligemma", paligemma},
                                 {"pixels", pixel_list},
                                 {"claude", claude},
                                 {"openai", openai}};

}  // namespace

std::string spell_boxes(std::string_view format, const std::vector<PixelBox>& boxes,
                        const SquarePadding& image) {
  std::vector<SquareBox> in_the_square;
  for (const PixelBox& box : boxes) in_the_square.push_back(in_square(box, image));
  for (const Speller& speller : kSpellers)
    if (speller.format == format) return speller.spell(in_the_square, image.side());
  throw std::invalid_argument("the simulated server does not spell boxes of \"" + std::string(format) + "\"");
}

}  // namespace funcorr
