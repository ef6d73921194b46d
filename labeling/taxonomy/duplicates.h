#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/format/options.h"

namespace funcorr {

struct DuplicateOptions {
  bool embeddings = true;   // are names compared by vectors too, not by their spelling alone?
  double min_cosine = 0.9;  // of two names' vectors, from which on they mean the same
  int long_word = 8;        // letters from which on one wrong letter is taken for a slip

  static const OptionList<DuplicateOptions>& options();
};

// A name that says the same as an earlier one.
struct Duplicate {
  std::string dropped, kept;
  std::string reason;  // "spelling" or "cosine 0.93"
};

// Do two names differ in case, blanks, hyphens, a plural's ending or one letter of a long word alone?
bool is_same_spelling(std::string_view a, std::string_view b, const DuplicateOptions& options = {});

// Every name that doubles an earlier one that is kept: by spelling, else the one of highest cosine.
// `vectors`: one L2-normalised vector per name, or none at all (spelling alone). Earlier names win: give the
// better ones first. Throws std::invalid_argument when names and vectors differ in number.
std::vector<Duplicate> find_duplicates(const std::vector<std::string>& names,
                                       const std::vector<std::vector<float>>& vectors,
                                       const DuplicateOptions& options = {});

// Cosine of two L2-normalised vectors; 0 where their lengths differ.
double cosine(const std::vector<float>& a, const std::vector<float>& b);

}  // namespace funcorr
