#include "labeling/asking/text_vectors.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace funcorr {
namespace {

constexpr std::size_t kTextsPerRequest = 256;

std::vector<float> normalized(std::vector<float> vector) {
  double squares = 0;
  for (const float value : vector) squares += static_cast<double>(value) * static_cast<double>(value);
  if (squares > 0)
    for (float& value : vector) value = static_cast<float>(static_cast<double>(value) / std::sqrt(squares));
  return vector;
}

}  // namespace

RunEnd add_vectors(Asking& asking, const std::set<std::string>& texts, const RequestTag& tag,
                   TextVectors& vectors) {
  std::vector<std::string> missing;
  for (const std::string& text : texts)
    if (!text.empty() && !vectors.contains(text)) missing.push_back(text);
  RunEnd failed;
  for (std::size_t begin = 0; begin < missing.size(); begin += kTextsPerRequest) {
    const auto first = missing.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last =
        missing.begin() + static_cast<std::ptrdiff_t>(std::min(missing.size(), begin + kTextsPerRequest));
    EmbeddingRequest request = asking.embedding_request({first, last});
    request.tag = tag;
    const std::vector<std::string> inputs = request.inputs;
    asking.submit(std::move(request), [&vectors, &failed, inputs](const TextEmbedding& embedding) {
      if (embedding.answered)
        vectors[inputs.at(static_cast<std::size_t>(embedding.input))] = normalized(embedding.vector);
      else
        failed = {RunEnd::Kind::kFatal, embedding.error_kind, "embedding: " + embedding.error};
    });
  }
  if (missing.empty()) return {};
  RunEnd end = asking.run();
  return end.kind == RunEnd::Kind::kDone ? failed : end;
}

}  // namespace funcorr
