#include "tools/simulated_server/embedding.h"

#include <cctype>
#include <cmath>
#include <cstdint>
#include <string>

#include "db/format/random.h"
#include "tools/simulated_server/text_hash.h"

namespace funcorr {
namespace {

constexpr double kWordWeight = 2, kTrigramWeight = 1;

// Adds a feature as a signed unit at two places, so that collisions cancel on average.
void add_feature(std::string_view feature, double weight, std::vector<double>& sums) {
  Random random(text_hash(feature));
  for (int place = 0; place < 2; ++place)
    sums[random.below(sums.size())] += random.next() % 2 == 0 ? weight : -weight;
}

}  // namespace

std::vector<float> simulated_embedding(std::string_view text, std::size_t dimensions) {
  std::vector<double> sums(dimensions, 0.0);
  std::string word;
  const auto end_word = [&] {
    if (word.empty()) return;
    add_feature("w:" + word, kWordWeight, sums);
    const std::string framed = "^" + word + "$";
    for (std::size_t i = 0; i + 3 <= framed.size(); ++i)
      add_feature("t:" + framed.substr(i, 3), kTrigramWeight, sums);
    word.clear();
  };
  for (const char c : text) {
    const auto letter = static_cast<unsigned char>(c);
    if (std::isalnum(letter) || letter >= 0x80)
      word += static_cast<char>(std::tolower(letter));
    else
      end_word();
  }
  end_word();
  double squares = 0;
  for (const double sum : sums) squares += sum * sum;
  std::vector<float> embedding(dimensions, 0.0F);
  if (squares == 0) embedding.front() = 1;
  for (std::size_t i = 0; squares > 0 && i < dimensions; ++i)
    embedding[i] = static_cast<float>(sums[i] / std::sqrt(squares));
  return embedding;
}

}  // namespace funcorr
