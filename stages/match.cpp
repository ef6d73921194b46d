// funcorr-match: two images, a function and a checkpoint → correspondences as picture, JSON and CSV. Works
// without a workspace.
#include <algorithm>
#include <chrono>
#include <iostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "db/format/artifact.h"
#include "eval/matching/functional_match.h"
#include "eval/report/figures.h"
#include "pipeline/command_line.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kUsage =
    "funcorr-match: where two images correspond for a function.\n\n"
    "Usage: funcorr-match --checkpoint RUN --function \"pour with\" A.png B.png [options]\n\n"
    "Without --points, --paint or --heatmap-at: discovers the best matches. Points are image pixels (x, "
    "y).\n\n"
    "Options\n";

OptionTable match_options() {
  using enum OptionType;
  return {
      {.name = "checkpoint",
       .type = kPath,
       .default_value = "",
       .help = "folder of a training run (W/train/runs/full), or a checkpoint in it"},
      {.name = "function", .type = kString, .default_value = "", .help = "\"pour with\", for example"},
      {.name = "image_a", .type = kPath, .default_value = "", .help = "first image; the same as A.png above"},
      {.name = "image_b", .type = kPath, .default_value = "", .help = "second image"},
      {.name = "mask_a",
       .type = kPath,
       .default_value = "",
       .help = "where the object is in A (bright); default: A's alpha channel, else the whole image"},
      {.name = "mask_b", .type = kPath, .default_value = "", .help = "likewise of B"},
      {.name = "top",
       .type = kInt,
       .default_value = 10,
       .min = 1,
       .max = 50176,
       .help = "matches to discover"},
      {.name = "separation",
       .type = kDouble,
       .default_value = 5,
       .unit = "crop px",
       .min = 0,
       .max = 224,
       .help = "least distance between two discovered matches in each 224 px crop"},
      {.name = "points",
       .type = kDoubleList,
       .default_value = json::array(),
       .unit = "px",
       .help = "x,y,x,y… in A, to be transferred to B"},
      {.name = "paint",
       .type = kPath,
       .default_value = "",
       .help = "mask of A's size: every pixel painted bright is transferred to B"},
      {.name = "heatmap_at",
       .type = kDoubleList,
       .default_value = json::array(),
       .unit = "px",
       .help = "x,y in A: its similarity to all of B's object"},
      {.name = "out",
       .type = kPath,
       .default_value = "match",
       .help = "writes OUT.png, OUT.json and OUT.csv"},
  };
}

std::string dashed(std::string name) {
  std::ranges::replace(name, '_', '-');
  return name;
}

void print_help() {
  std::cout << kUsage;
  const OptionTable table = match_options();
  for (const Option& option : table.options())
    std::cout << fmt::format("  --{:<12} {} ({}{}{})\n", dashed(option.name), option.help,
                             allowed_range(option), option.unit.empty() ? "" : " ", option.unit);
  std::cout << "  --json         the result as JSON on stdout\n";
}

// A.png and B.png as --image-a and --image-b, so that the table of options knows them.
std::vector<std::string> named_arguments(int argc, char** argv) {
  const OptionTable table = match_options();
  std::vector<std::string> arguments{argv[0]};
  std::vector<std::string> names{"--image-a", "--image-b"};
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument.starts_with("-")) {
      arguments.push_back(argument);
      const bool takes_value = std::ranges::any_of(
          table.options(), [&](const Option& option) { return "--" + dashed(option.name) == argument; });
      if (takes_value && i + 1 < argc) arguments.emplace_back(argv[++i]);
      continue;
    }
    if (names.empty())
      throw UsageError("command line: two images are expected, \"" + argument + "\" is a third");
    arguments.push_back(names.front());
    arguments.push_back(argument);
    names.erase(names.begin());
  }
  return arguments;
}

struct Request {
  Options options;
  bool help = false, json = false;
};

Request parse(int argc, char** argv) {
  const std::vector<std::string> arguments = named_arguments(argc, argv);
  std::vector<const char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
  const OptionTable table = match_options();
  const CommandLine command = parse_command_line(static_cast<int>(pointers.size()), pointers.data(), table);
  Request request{Options(table), command.help, command.json};
  request.options.set_workspace(fs::current_path());
  for (const auto& [name, value] : command.options)
    request.options.set(name, value, Options::Source::kCommandLine, "command line");
  if (request.help) return request;
  for (const char* name : {"checkpoint", "function", "image_a", "image_b"})
    if (request.options.get_string(name).empty())
      throw UsageError("command line: --" + dashed(name) + " is missing (--help shows an example)");
  return request;
}

std::vector<ImagePoint> points_of(const Options& options, const std::string& name) {
  const std::vector<double> values = options.get_doubles(name);
  if (values.size() % 2 != 0)
    throw UsageError("command line: --" + dashed(name) + " has " + std::to_string(values.size()) +
                     " numbers; pairs x,y are expected");
  std::vector<ImagePoint> points;
  for (std::size_t i = 0; i < values.size(); i += 2) points.push_back({values[i], values[i + 1]});
  return points;
}

Image8 single_channel(const Image8& image) {
  Image8 mask(image.width, image.height, 1);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) *mask.at(x, y) = image.at(x, y)[0];
  return mask;
}

MatchImage load(const Options& options, const std::string& which) {
  const fs::path file = options.get_path("image_" + which), mask_file = options.get_path("mask_" + which);
  std::optional<Image8> mask;
  if (!options.get_string("mask_" + which).empty()) mask = single_channel(load_image8(mask_file));
  try {
    MatchImage image(load_image8(file), mask);
    if (image.is_whole_image())
      spdlog::warn("{}: no alpha channel and no --mask-{}: the whole image counts as the object",
                   file.string(), which);
    return image;
  } catch (const std::invalid_argument& error) {
    throw std::runtime_error((mask ? mask_file : file).string() + ": " + error.what());
  }
}

// Pixels of crop A that are to be transferred: given points that lie on the object, and painted ones.
std::vector<Pixel> pixels_to_transfer(const Options& options, const MatchImage& image) {
  const CropMask object = image.object();
  std::vector<Pixel> pixels;
  for (const ImagePoint& point : points_of(options, "points")) {
    const Pixel pixel = image.crop_from_image(point);
    if (object[static_cast<std::size_t>(pixel.y * kCropSize + pixel.x)])
      pixels.push_back(pixel);
    else
      spdlog::warn("point ({}, {}) is not on the object and is left out", point.x, point.y);
  }
  if (!options.get_string("paint").empty()) {
    const fs::path file = options.get_path("paint");
    try {
      const std::vector<Pixel> painted = pixels_of(image.crop_painted(single_channel(load_image8(file))));
      pixels.insert(pixels.end(), painted.begin(), painted.end());
    } catch (const std::invalid_argument& error) {
      throw std::runtime_error(file.string() + ": " + error.what());
    }
  }
  if (pixels.empty()) throw std::runtime_error("none of the given pixels lies on the object of A");
  return pixels;
}

struct Answer {
  Image8 picture;
  json document;
  std::string csv;
};

Answer answer_of(const std::vector<FunctionalMatch>& matches, Image8 picture) {
  Answer answer{std::move(picture), json::object(), "rank,x_a,y_a,x_b,y_b,similarity,cycle_px\n"};
  json list = json::array();
  for (std::size_t i = 0; i < matches.size(); ++i) {
    const FunctionalMatch& m = matches[i];
    list.push_back({{"a", {m.point_1.x, m.point_1.y}},
                    {"b", {m.point_2.x, m.point_2.y}},
                    {"crop_a", {m.crop.first.x, m.crop.first.y}},
                    {"crop_b", {m.crop.second.x, m.crop.second.y}},
                    {"similarity", m.similarity},
                    {"cycle_px", m.cycle_px}});
    answer.csv += fmt::format("{},{:.2f},{:.2f},{:.2f},{:.2f},{:.5f},{:.3f}\n", i + 1, m.point_1.x,
                              m.point_1.y, m.point_2.x, m.point_2.y, m.similarity, m.cycle_px);
  }
  answer.document["matches"] = std::move(list);
  return answer;
}

std::vector<PixelPair> pairs_of(const std::vector<FunctionalMatch>& matches) {
  std::vector<PixelPair> pairs;
  for (const FunctionalMatch& match : matches) pairs.push_back(match.crop);
  return pairs;
}

Answer discover(const Options& options, const MatchedImages& matched, const MatchImage& a,
                const MatchImage& b) {
  const auto matches =
      matched.discover({static_cast<int>(options.get_int("top")), options.get_double("separation")});
  return answer_of(matches, draw_match_lines(a.crop().rgb, b.crop().rgb, pairs_of(matches),
                                             static_cast<int>(matches.size())));
}

Answer transfer(const Options& options, const MatchedImages& matched, const MatchImage& a,
                const MatchImage& b) {
  const auto matches = matched.transfer(pixels_to_transfer(options, a));
  return answer_of(matches, draw_correspondence(a.crop().rgb, b.crop().rgb, pairs_of(matches)));
}

// Similarities −1 … 1 over the object, stretched to what occurs there.
Image8 heat_picture(const std::vector<float>& heat, const CropMask& object) {
  float low = 1, high = -1;
  for (std::size_t i = 0; i < heat.size(); ++i)
    if (object[i]) {
      low = std::min(low, heat[i]);
      high = std::max(high, heat[i]);
    }
  Image8 picture(kCropSize, kCropSize, 1);
  for (std::size_t i = 0; i < heat.size(); ++i)
    picture.pixels[i] = object[i]
                            ? static_cast<std::uint8_t>(255 * (heat[i] - low) / std::max(high - low, 1e-6F))
                            : std::uint8_t{0};
  return picture;
}

Answer heatmap(const Options& options, const MatchedImages& matched, const MatchImage& a,
               const MatchImage& b) {
  const std::vector<ImagePoint> points = points_of(options, "heatmap_at");
  if (points.size() != 1) throw UsageError("command line: --heatmap-at takes one point x,y");
  const Pixel pixel = a.crop_from_image(points.front());
  const CropMask object_a = a.object(), object_b = b.object();
  if (!object_a[static_cast<std::size_t>(pixel.y * kCropSize + pixel.x)])
    throw std::runtime_error("the point of --heatmap-at is not on the object of A");
  const std::vector<float> heat = matched.heatmap(pixel);
  Image8 point(kCropSize, kCropSize, 1);
  for (int y = std::max(0, pixel.y - 2); y <= std::min(kCropSize - 1, pixel.y + 2); ++y)
    for (int x = std::max(0, pixel.x - 2); x <= std::min(kCropSize - 1, pixel.x + 2); ++x)
      *point.at(x, y) = 255;
  Answer answer{contact_sheet({overlay_heat(a.crop().rgb, point),
                               overlay_heat(b.crop().rgb, heat_picture(heat, object_b))},
                              2, 2 * kCropSize),
                json::object(), "x_b,y_b,similarity\n"};
  std::size_t best = 0;
  for (const Pixel& target : pixels_of(object_b)) {
    const auto at = static_cast<std::size_t>(target.y * kCropSize + target.x);
    if (heat[at] > heat[best]) best = at;
    const ImagePoint where = b.image_from_crop(target);
    answer.csv += fmt::format("{:.2f},{:.2f},{:.5f}\n", where.x, where.y, heat[at]);
  }
  const auto [x, y] =
      b.image_from_crop({static_cast<int>(best) % kCropSize, static_cast<int>(best) / kCropSize});
  answer.document = {
      {"a", {points.front().x, points.front().y}}, {"best_b", {x, y}}, {"similarity", heat[best]}};
  return answer;
}

Answer answer_request(const Options& options, json& seconds) {
  const MatchImage a = load(options, "a"), b = load(options, "b");
  auto start = std::chrono::steady_clock::now();
  const auto lap = [&start] {
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double>(now - std::exchange(start, now)).count();
  };
  const FunctionalMatcher matcher(options.get_path("checkpoint"));
  seconds["load"] = lap();
  const MatchedImages matched = matcher.match(a, b, options.get_string("function"));
  const bool has_pixels = !options.get_doubles("points").empty() || !options.get_string("paint").empty();
  const auto work = !options.get_doubles("heatmap_at").empty() ? heatmap : has_pixels ? transfer : discover;
  Answer answer = work(options, matched, a, b);
  seconds["match"] = lap();
  return answer;
}

void run(const Request& request) {
  json seconds;
  Answer answer = answer_request(request.options, seconds);
  answer.document["function"] = request.options.get_string("function");
  answer.document["seconds"] = seconds;
  const std::string out = request.options.get_path("out").string();
  write_artifact(out + ".png", [&](const fs::path& file) { save_png(file, answer.picture); });
  write_artifact(out + ".json", answer.document.dump(1) + "\n");
  write_artifact(out + ".csv", answer.csv);
  if (request.json)
    std::cout << answer.document.dump(1) << "\n";
  else
    std::cout << out << ".png, .json, .csv\n";
}

int match_main(int argc, char** argv) {
  try {
    const Request request = parse(argc, argv);
    if (request.help)
      print_help();
    else
      run(request);
    return 0;
  } catch (const UsageError& error) {
    std::cerr << "funcorr-match: " << error.what() << '\n';
    return 2;
  } catch (const EnvironmentError& error) {
    std::cerr << "funcorr-match: " << error.what() << '\n';
    return 3;
  } catch (const std::exception& error) {
    std::cerr << "funcorr-match: " << error.what() << '\n';
    return 1;
  }
}

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) { return funcorr::match_main(argc, argv); }
