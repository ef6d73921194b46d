#include "labeling/box/reply_numbers.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace funcorr {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Reads a reply from the front; every take moves on only when it succeeds.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool at_end() const { return text_.empty(); }
  std::string_view rest() const { return text_; }
  void skip(std::size_t n) { text_.remove_prefix(std::min(n, text_.size())); }
  void skip_blanks() {
    while (!text_.empty() && is_blank(text_.front())) text_.remove_prefix(1);
  }
  // Moves behind the next `what`; false, and to the end, where there is none.
  bool skip_to(std::string_view what) {
    const std::size_t at = text_.find(what);
    skip(at == std::string_view::npos ? text_.size() : at + what.size());
    return at != std::string_view::npos;
  }
  bool take(std::string_view what) {
    const Scanner before = *this;
    skip_blanks();
    if (text_.starts_with(what)) {
      skip(what.size());
      return true;
    }
    *this = before;
    return false;
  }
  std::optional<double> take_number() {
    const Scanner before = *this;
    skip_blanks();
    double number = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), number);
    if (error == std::errc{} && std::isfinite(number)) {
      skip(static_cast<std::size_t>(end - text_.data()));
      return number;
    }
    *this = before;
    return std::nullopt;
  }
  // Numbers with `between` between them.
  template <std::size_t n>
  bool take_numbers(std::array<double, n>& numbers, std::string_view between) {
    const Scanner before = *this;
    for (std::size_t i = 0; i < n; ++i) {
      const bool is_parted = i == 0 || take(between);
      const auto number = is_parted ? take_number() : std::nullopt;
      if (!number) {
        *this = before;
        return false;
      }
      numbers[i] = *number;
    }
    return true;
  }

 private:
  std::string_view text_;
};

// "[a,b,c,d]" from its bracket on.
bool take_list(Scanner& scanner, std::string_view open, std::string_view close, BoxNumbers& numbers) {
  return scanner.take(open) && scanner.take_numbers(numbers, ",") && scanner.take(close);
}

// In quotes of either kind.
bool has_key(std::string_view reply, std::string_view key) {
  for (std::size_t at = reply.find(key); at != std::string_view::npos; at = reply.find(key, at + 1)) {
    const std::size_t end = at + key.size();
    if (at > 0 && end < reply.size() && reply[at - 1] == reply[end] &&
        (reply[end] == '"' || reply[end] == '\''))
      return true;
  }
  return false;
}

// Of a JSON object without objects inside.
std::optional<double> number_of_key(std::string_view object, std::string_view key) {
  for (std::size_t at = object.find(key); at != std::string_view::npos; at = object.find(key, at + 1)) {
    Scanner scanner(object.substr(at + key.size()));
    if (!scanner.take("\"") && !scanner.take("'")) continue;
    if (scanner.take(":")) return scanner.take_number();
  }
  return std::nullopt;
}

// What stands between "[[" and "]]".
std::vector<std::string_view> double_bracketed(std::string_view reply) {
  std::vector<std::string_view> found;
  for (std::size_t at = reply.find("[["); at != std::string_view::npos; at = reply.find("[[", at)) {
    const std::size_t begin = at + 2, end = reply.find("]]", begin);
    if (end == std::string_view::npos) break;
    found.push_back(reply.substr(begin, end - begin));
    at = end + 2;
  }
  return found;
}

}  // namespace

std::vector<BoxNumbers> find_double_brackets(std::string_view reply) {
  std::vector<BoxNumbers> boxes;
  for (std::string_view group : double_bracketed(reply))
    while (true) {
      const std::size_t end = group.find(';');
      Scanner scanner(group.substr(0, end));
      BoxNumbers numbers{};
      if (scanner.take_numbers(numbers, ",")) {
        scanner.skip_blanks();
        if (scanner.at_end()) boxes.push_back(numbers);
      }
      if (end == std::string_view::npos) break;
      group.remove_prefix(end + 1);
    }
  return boxes;
}

std::vector<BoxNumbers> find_brackets(std::string_view reply, bool any_bracket) {
  const std::string_view opening = any_bracket ? "[({" : "[", closing = any_bracket ? "])}" : "]";
  std::vector<BoxNumbers> boxes;
  for (std::size_t at = reply.find_first_of(opening); at != std::string_view::npos;
       at = reply.find_first_of(opening, at + 1)) {
    const std::size_t kind = opening.find(reply[at]);
    Scanner scanner(reply.substr(at));
    BoxNumbers numbers{};
    if (take_list(scanner, opening.substr(kind, 1), closing.substr(kind, 1), numbers))
      boxes.push_back(numbers);
  }
  return boxes;
}

std::vector<BoxNumbers> find_corner_pairs(std::string_view reply) {
  std::vector<BoxNumbers> boxes;
  Scanner scanner(reply);
  while (scanner.skip_to("(")) {
    Scanner ahead = scanner;
    std::array<double, 2> first{}, second{};
    if (ahead.take_numbers(first, ",") && ahead.take(")") && ahead.take(",") && ahead.take("(") &&
        ahead.take_numbers(second, ",") && ahead.take(")")) {
      boxes.push_back({first[0], first[1], second[0], second[1]});
      scanner = ahead;
    }
  }
  return boxes;
}

std::vector<BoxNumbers> find_json(std::string_view reply, std::initializer_list<std::string_view> keys) {
  std::vector<BoxNumbers> boxes;
  bool any_key = false;
  for (const std::string_view key : keys) any_key = any_key || has_key(reply, key);
  if (!any_key) return find_brackets(reply);
  for (std::size_t at = reply.find_first_of("\"'"); at != std::string_view::npos;
       at = reply.find_first_of("\"'", at + 1)) {
    const std::string_view quote = reply.substr(at, 1);
    for (const std::string_view key : keys) {
      Scanner scanner(reply.substr(at + 1));
      BoxNumbers numbers{};
      if (scanner.rest().starts_with(key) && scanner.take(key) && scanner.take(quote) && scanner.take(":") &&
          take_list(scanner, "[", "]", numbers))
        boxes.push_back(numbers);
    }
  }
  return boxes;
}

std::vector<BoxNumbers> find_named_sides(std::string_view reply,
                                         const std::array<std::string_view, 4>& keys) {
  std::vector<BoxNumbers> boxes;
  for (std::size_t at = reply.find('{'); at != std::string_view::npos; at = reply.find('{', at + 1)) {
    const std::string_view object = reply.substr(at, reply.find('}', at) - at);
    if (object.find('{', 1) != std::string_view::npos) continue;
    BoxNumbers numbers{};
    std::size_t found = 0;
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (const auto number = number_of_key(object, keys[i])) {
        numbers[i] = *number;
        ++found;
      }
    if (found == keys.size()) boxes.push_back(numbers);
  }
  return boxes;
}

std::vector<BoxNumbers> find_json_pairs(std::string_view reply, std::string_view key) {
  std::vector<BoxNumbers> pairs;
  for (std::size_t at = reply.find(key); at != std::string_view::npos; at = reply.find(key, at + 1)) {
    Scanner scanner(reply.substr(at + key.size()));
    std::array<double, 2> pair{};
    if ((scanner.take("\"") || scanner.take("'")) && scanner.take(":") && scanner.take("[") &&
        scanner.take_numbers(pair, ",") && scanner.take("]"))
      pairs.push_back({pair[0], pair[1], 0, 0});
  }
  return pairs;
}

std::vector<BoxNumbers> find_locations(std::string_view reply, std::string_view open) {
  std::vector<BoxNumbers> boxes;
  Scanner scanner(reply);
  while (scanner.skip_to(open)) {
    Scanner ahead = scanner;
    BoxNumbers numbers{};
    bool complete = true;
    for (std::size_t i = 0; i < numbers.size() && complete; ++i) {
      if (i > 0) complete = ahead.take(open);
      const auto number = complete ? ahead.take_number() : std::nullopt;
      complete = number && ahead.take(">");
      if (complete) numbers[i] = *number;
    }
    if (!complete) continue;
    boxes.push_back(numbers);
    scanner = ahead;
  }
  return boxes;
}

std::vector<BoxNumbers> find_tagged_boxes(std::string_view reply) {
  std::vector<BoxNumbers> boxes;
  Scanner scanner(reply);
  while (scanner.skip_to("<box>")) {
    Scanner ahead = scanner;
    BoxNumbers numbers{};
    std::size_t found = 0;
    while (found < numbers.size()) {
      const auto number = ahead.take_number();
      if (!number) break;
      numbers[found++] = *number;
      ahead.take(",");
    }
    if (found < numbers.size() || !ahead.take("</box>")) continue;
    boxes.push_back(numbers);
    scanner = ahead;
  }
  return boxes;
}

std::vector<BoxNumbers> find_patch_pairs(std::string_view reply) {
  constexpr std::string_view kOpen = "<patch_index_";
  std::vector<BoxNumbers> boxes;
  Scanner scanner(reply);
  while (scanner.skip_to(kOpen)) {
    Scanner ahead = scanner;
    const auto first = ahead.take_number();
    if (!first || !ahead.take(">") || !ahead.take(kOpen)) continue;
    const auto second = ahead.take_number();
    if (!second || !ahead.take(">")) continue;
    boxes.push_back({*first, *second, 0, 0});
    scanner = ahead;
  }
  return boxes;
}

std::vector<BoxNumbers> find_points(std::string_view reply) {
  std::vector<BoxNumbers> points;
  Scanner scanner(reply);
  while (scanner.skip_to(" x")) {
    Scanner ahead = scanner;
    const auto index_x = ahead.rest().starts_with('=') ? std::nullopt : ahead.take_number();
    if (!ahead.take("=") || !ahead.take("\"")) continue;
    const auto x = ahead.take_number();
    if (!x || !ahead.take("\"") || !ahead.take("y")) continue;
    const auto index_y = ahead.rest().starts_with('=') ? std::nullopt : ahead.take_number();
    if (index_x != index_y || !ahead.take("=") || !ahead.take("\"")) continue;
    const auto y = ahead.take_number();
    if (!y || !ahead.take("\"")) continue;
    points.push_back({*x, *y, 0, 0});
    scanner = ahead;
  }
  return points;
}

std::vector<BoxNumbers> find_point_triples(std::string_view reply) {
  std::vector<BoxNumbers> points;
  Scanner scanner(reply);
  while (scanner.skip_to("coords=")) {
    if (!scanner.take("\"") && !scanner.take("'")) continue;
    while (scanner.take_number()) {  // the image's
      std::array<double, 3> point{};
      while (scanner.take_numbers(point, "")) points.push_back({point[1], point[2], 0, 0});
      if (!scanner.take(";") && !scanner.take(",") && !scanner.take(":")) break;
    }
  }
  return points;
}

std::vector<BoxNumbers> find_number_runs(std::string_view reply) {
  constexpr std::string_view kStart = "0123456789.-";
  std::vector<BoxNumbers> boxes;
  for (std::size_t at = reply.find_first_of(kStart); at != std::string_view::npos;
       at = reply.find_first_of(kStart, at)) {
    Scanner scanner(reply.substr(at));
    std::vector<double> run;
    for (auto number = scanner.take_number(); number; number = scanner.take_number()) {
      run.push_back(*number);
      scanner.take(",");
    }
    if (run.size() == 4) boxes.push_back({run[0], run[1], run[2], run[3]});
    at += std::max<std::size_t>(1, reply.size() - at - scanner.rest().size());
  }
  return boxes;
}

}  // namespace funcorr
