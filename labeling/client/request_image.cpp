#include "db/format/hash.h"
#include "labeling/client/request.h"

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

}  // namespace funcorr
