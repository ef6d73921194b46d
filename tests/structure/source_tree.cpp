#include "tests/structure/source_tree.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "tests/golden.h"
#include "tests/pipeline/program.h"

namespace funcorr::tests {
namespace {

namespace fs = std::filesystem;

// Where the literal ends that begins at `start` with a quotation mark: behind its closing one.
std::size_t literal_end(const std::string& text, std::size_t start) {
  if (text[start] == '"' && start > 0 && text[start - 1] == 'R') {  // R"tag( … )tag"
    const std::size_t open = text.find('(', start);
    std::string close(1, ')');
    close.append(text, start + 1, open - start - 1).push_back('"');
    const std::size_t end = text.find(close, open);
    return end == std::string::npos ? text.size() : end + close.size();
  }
  for (std::size_t i = start + 1; i < text.size() && text[i] != '\n'; ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == text[start]) {
      return i + 1;
    }
  }
  return start + 1;
}

// 1'000: its mark begins no literal.
bool separates_digits(const std::string& text, std::size_t at) {
  return text[at] == '\'' && at > 0 && std::isxdigit(static_cast<unsigned char>(text[at - 1])) != 0;
}

bool is_passed_over(const std::string& folder) {
  return folder.starts_with(".") || folder.starts_with("build") || folder == "out";
}

std::vector<SourceFile> read_source_tree() {
  const fs::path root = source_dir();
  std::vector<SourceFile> files;
  for (const auto& top : fs::directory_iterator(root)) {
    if (!top.is_directory() || is_passed_over(top.path().filename().string())) continue;
    for (const auto& entry : fs::recursive_directory_iterator(top)) {
      const fs::path extension = entry.path().extension();
      if (!entry.is_regular_file() || (extension != ".cpp" && extension != ".h")) continue;
      files.push_back({entry.path().lexically_relative(root).generic_string(),
                       lines_without_comments(read_text(entry.path()))});
    }
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

}  // namespace

std::string place(const SourceFile& file, std::size_t index) {
  return file.path + ":" + std::to_string(index + 1);
}

std::vector<std::string> lines_without_comments(const std::string& text) {
  std::vector<std::string> lines(1);
  const auto copy = [&](std::size_t begin, std::size_t end, bool only_breaks) {
    for (std::size_t i = begin; i < end; ++i) {
      if (text[i] == '\n') {
        lines.emplace_back();
      } else if (!only_breaks) {
        lines.back() += text[i];
      }
    }
  };
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i + 1;
    const bool to_end_of_line = text.compare(i, 2, "//") == 0, to_mark = text.compare(i, 2, "/*") == 0;
    if (to_end_of_line) {
      end = std::min(text.find('\n', i), text.size());
    } else if (to_mark) {
      const std::size_t mark = text.find("*/", i + 2);
      end = mark == std::string::npos ? text.size() : mark + 2;
    } else if (text[i] == '"' || (text[i] == '\'' && !separates_digits(text, i))) {
      end = literal_end(text, i);
    }
    copy(i, end, to_end_of_line || to_mark);
    i = end;
  }
  return lines;
}

const std::vector<SourceFile>& source_tree() {
  static const std::vector<SourceFile> files = read_source_tree();
  return files;
}

}  // namespace funcorr::tests
