#include "render/import/ply/off_text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <vector>

#include "db/format/text.h"

namespace funcorr {
namespace {

using Words = std::vector<std::string_view>;

bool is_number(std::string_view word) {
  if (word.starts_with('+')) word.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  return error != std::errc::invalid_argument && end == word.data() + word.size();
}

// The words of the lines that have any; '#' begins a comment.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}

  // Empty at the end.
  Words next() {
    Words words;
    while (words.empty() && at_ < text_.size()) {
      const std::size_t end = std::min(text_.find_first_of("\r\n", at_), text_.size());
      words = words_of(text_.substr(at_, end - at_));
      at_ = end + 1;
      ++number_;
    }
    return words;
  }
  Words numbers(std::size_t at_least, const std::string& what) {
    Words words = next();
    if (words.size() < at_least || !std::ranges::all_of(words, is_number))
      throw ImportError("bad_off", "line " + std::to_string(number_) + " should be " + what);
    return words;
  }

 private:
  static Words words_of(std::string_view line) {
    line = line.substr(0, line.find('#'));
    Words words;
    for (std::size_t at = line.find_first_not_of(" \t"); at < line.size();) {
      const std::size_t end = std::min(line.find_first_of(" \t", at), line.size());
      words.push_back(line.substr(at, end - at));
      at = line.find_first_not_of(" \t", end);
    }
    return words;
  }

  std::string_view text_;
  std::size_t at_ = 0, number_ = 0;
};

struct Layout {
  bool texture = false, colors = false, normals = false;
};

// Takes the keyword off the first line's words: [ST][C][N][4][n]OFF [BINARY].
Layout take_keyword(Words& words) {
  Layout layout;
  if (words.empty()) return layout;
  const std::size_t at = words[0].find("OFF");
  if (at == std::string_view::npos) return layout;
  std::string_view prefix = words[0].substr(0, at);
  const auto take = [&](std::string_view letters) {
    const bool is_there = prefix.starts_with(letters);
    if (is_there) prefix.remove_prefix(letters.size());
    return is_there;
  };
  layout = {take("ST"), take("C"), take("N")};
  words[0].remove_prefix(at + 3);
  if (words[0].empty()) words.erase(words.begin());
  if (!prefix.empty() || (!words.empty() && words[0] == "BINARY"))
    throw ImportError("unsupported_format", "only text OFF files of three dimensions are read");
  return layout;
}

std::size_t count_of(std::string_view word) {
  const auto count = number_in<std::uint32_t>(word);
  if (!count)
    throw ImportError("bad_off", "'" + std::string(word) + "' should be a number of vertices or faces");
  return *count;
}

std::string vertex_properties(const Layout& layout, const Words& first) {
  std::string text = "property double x\nproperty double y\nproperty double z\n";
  if (layout.normals) text += "property float nx\nproperty float ny\nproperty float nz\n";
  const std::size_t color_at = layout.normals ? 6 : 3;
  if (layout.colors) {  // whole numbers are 0 … 255, others 0 … 1
    const std::size_t others = color_at + (layout.texture ? 2 : 0);
    const bool has_alpha = first.size() >= others + 4;
    bool is_whole = true;
    for (std::size_t i = color_at; i < std::min(first.size(), color_at + 3); ++i)
      is_whole = is_whole && first[i].find('.') == std::string_view::npos;
    for (const char* channel : {"red", "green", "blue", "alpha"})
      if (has_alpha || *channel != 'a')
        text += std::string("property ") + (is_whole ? "uchar " : "float ") + channel + "\n";
  }
  if (layout.texture) text += "property float s\nproperty float t\n";
  return text;
}

void append(const Words& words, std::size_t count, std::string& text) {
  for (std::size_t i = 0; i < count; ++i) {
    const bool plus = words[i].starts_with('+');
    text.append(words[i].substr(plus ? 1 : 0)).append(i + 1 < count ? " " : "\n");
  }
}

}  // namespace

std::string ply_of_off(std::string_view text, SceneBuilder& builder) {
  Lines lines(text);
  Words counts = lines.next();
  const Layout layout = take_keyword(counts);
  if (counts.empty()) counts = lines.next();
  if (counts.size() < 2) throw ImportError("bad_off", "the numbers of vertices and faces are missing");
  const std::size_t vertices = count_of(counts[0]), faces = count_of(counts[1]);
  builder.reserve_triangles(static_cast<std::int64_t>(faces));
  std::string ply = "ply\nformat ascii 1.0\nelement vertex " + std::to_string(vertices) + "\n";
  std::string body;
  std::size_t width = 0;
  for (std::size_t i = 0; i < vertices; ++i) {
    const Words words = lines.numbers(std::max<std::size_t>(width, 3), "a vertex");
    if (i == 0) {
      const std::string properties = vertex_properties(layout, words);
      width = static_cast<std::size_t>(std::ranges::count(properties, '\n'));
      if (words.size() < width)
        throw ImportError("bad_off", "the first vertex lacks what the keyword promises");
      ply += properties;
    }
    append(words, width, body);
  }
  ply += "element face " + std::to_string(faces) + "\nproperty list int int vertex_indices\nend_header\n";
  bool has_colors = false;
  for (std::size_t i = 0; i < faces; ++i) {
    const Words words = lines.numbers(1, "a face");
    const std::size_t corners = count_of(words[0]);
    if (corners > words.size() - 1) throw ImportError("bad_off", "a face lacks some of its corners");
    has_colors = has_colors || words.size() > corners + 1;
    append(words, corners + 1, body);
  }
  if (has_colors) builder.warn("colours of single faces are not read");
  return ply + body;
}

}  // namespace funcorr
