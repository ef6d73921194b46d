#include "labeling/client/request.h"

#include "db/format/hash.h"

namespace funcorr {

RequestImage::RequestImage(std::string mime_type, Encode encode)
    : mime_type_(std::move(mime_type)), encode_(std::move(encode)) {}

std::shared_ptr<RequestImage> RequestImage::jpeg(std::function<Image8()> load, int quality) {
  return std::make_shared<RequestImage>(
      "image/jpeg", [load = std::move(load), quality] { return encode_jpeg(load(), quality); });
}

const std::vector<std::uint8_t>& RequestImage::bytes() {
  if (bytes_.empty()) bytes_ = encode_();
  if (digest_.empty())
    digest_ = sha256_hex({reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}, kDigestDigits);
  return bytes_;
}

const std::string& RequestImage::digest() {
  if (digest_.empty()) bytes();
  return digest_;
}

const OptionList<Sampling>& Sampling::options() {
  static const OptionList<Sampling> list{
      option("temperature", &Sampling::temperature).range(0, 2).help("sampling temperature; none: not sent"),
      option("top_p", &Sampling::top_p)
          .range(0, 1)
          .help("share of the probability that is sampled from, its likeliest tokens first; none: not sent"),
      option("max_tokens", &Sampling::max_tokens)
          .range(1, 1e6)
          .help("longest answer, in tokens; none: not sent"),
      option("sampling_seed", &Sampling::seed)
          .range(-1, 2147483647)
          .help("seed that is sent with a question's first sample, one more with each further; -1: none is "
                "sent")};
  return list;
}

}  // namespace funcorr
