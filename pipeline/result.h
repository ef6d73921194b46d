#pragma once

#include <string>
#include <utility>

namespace funcorr {

// How the work on one item ended. done · skipped · rejected (bad input; final, with reason) ·
// transient (tried again with back-off) · fatal (stops the stage: full disk, bad config, no credit).
enum class Outcome { kDone, kSkipped, kRejected, kTransient, kFatal };

// An end without a product: why there is none.
struct Ending {
  Outcome outcome = Outcome::kDone;
  std::string error_kind;  // short stable word to group by, "no_triangles"
  std::string error;       // one line for people
  double retry_after_seconds = 0;
};
inline Ending skipped(std::string kind, std::string why) {
  return {Outcome::kSkipped, std::move(kind), std::move(why)};
}
inline Ending rejected(std::string kind, std::string why) {
  return {Outcome::kRejected, std::move(kind), std::move(why)};
}
inline Ending transient(std::string kind, std::string why) {
  return {Outcome::kTransient, std::move(kind), std::move(why)};
}
inline Ending fatal(std::string kind, std::string why) {
  return {Outcome::kFatal, std::move(kind), std::move(why)};
}

// What came of an item: a product, or an end without one. Work returns either by itself.
template <typename Product>
class Result {
 public:
  Result(Product product) : product_(std::move(product)) {}  // NOLINT(google-explicit-constructor)
  Result(Ending ending) : ending_(std::move(ending)) {}      // NOLINT(google-explicit-constructor)

  Outcome outcome() const { return ending_.outcome; }
  const Ending& ending() const { return ending_; }
  const Product& product() const { return product_; }  // of one that is done
  Product& product() { return product_; }

 private:
  Ending ending_;
  Product product_{};
};

}  // namespace funcorr
