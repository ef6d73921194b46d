#include "db/format/hash.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <memory>
#include <stdexcept>
#include <vector>

#include <openssl/evp.h>
#include <xxhash.h>

#include "db/format/error.h"

namespace funcorr {
namespace {

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new()) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) {
      throw EnvironmentError("SHA-256 is not available in this machine's OpenSSL (libcrypto)");
    }
  }
  void add(const void* bytes, std::size_t size) { EVP_DigestUpdate(context_.get(), bytes, size); }
  std::string hex(int digits) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (unsigned i = 0; i < size; ++i) {
      text += kDigits[digest[i] >> 4];
      text += kDigits[digest[i] & 15];
    }
    text.resize(static_cast<std::size_t>(std::clamp(digits, 0, 64)));
    return text;
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

constexpr std::string_view kBase64Letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// As OpenSSL counts bytes.
int checked_length(std::size_t bytes) {
  if (bytes > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    throw std::invalid_argument("base64 of more than 2 GB");
  return static_cast<int>(bytes);
}

}  // namespace

std::string sha256_hex(std::string_view bytes, int digits) {
  Sha256 hash;
  hash.add(bytes.data(), bytes.size());
  return hash.hex(digits);
}

std::string sha256_file(const std::filesystem::path& file, int digits) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream || std::filesystem::is_directory(file)) {
    throw EnvironmentError("hashing " + file.string() +
                           ": it cannot be read; check that it exists and its permissions");
  }
  Sha256 hash;
  std::vector<char> buffer(1 << 20);
  while (stream) {
    stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    hash.add(buffer.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) throw EnvironmentError("hashing " + file.string() + ": reading failed midway");
  return hash.hex(digits);
}

std::uint64_t fast_hash(std::span<const std::byte> bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }
std::uint64_t fast_hash(std::string_view text) { return fast_hash(std::as_bytes(std::span(text))); }

std::string base64(std::span<const std::byte> bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock ends with a null
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), checked_length(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::vector<std::byte> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) throw std::invalid_argument("base64 of a length that is no multiple of 4");
  std::vector<std::byte> bytes(text.size() / 4 * 3);
  if (text.empty()) return bytes;
  std::size_t padding = 0;
  while (padding < 2 && text[text.size() - 1 - padding] == '=') ++padding;
  // EVP_DecodeBlock would pass over spaces at the ends, and take '=' anywhere.
  if (text.substr(0, text.size() - padding).find_first_not_of(kBase64Letters) != std::string_view::npos)
    throw std::invalid_argument("not base64");
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), checked_length(text.size()));
  if (length < 0) throw std::invalid_argument("not base64");
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

std::vector<std::byte> from_loose_base64(std::string_view text) {
  std::string strict(text.substr(0, text.find('=')));
  std::replace(strict.begin(), strict.end(), '-', '+');
  std::replace(strict.begin(), strict.end(), '_', '/');
  if (strict.size() % 4 == 1) {  // six bits more than whole bytes
    if (kBase64Letters.find(strict.back()) == std::string_view::npos)
      throw std::invalid_argument("not base64");
    strict.pop_back();
  }
  strict.append((4 - strict.size() % 4) % 4, '=');
  return from_base64(strict);
}

}  // namespace funcorr
