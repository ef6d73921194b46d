#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "db/manifest.h"

namespace funcorr {

// One rendered view. set: "label" or "train".
struct View {
  std::string uid, set;
  int index = 0;
  std::string hdri;  // name of the environment map
  double hdri_rotation_deg = 0;
  double coverage = 0;  // share of pixels with alpha > 0.5
  std::int64_t visible_points = 0;
  std::string flags;  // comma-separated quality flags; empty when fine
};
void replace_views(Manifest& manifest, const std::string& uid, const std::vector<View>& views);
std::vector<View> views_of(Manifest& manifest, const std::string& uid, const std::string& set);

// The request ledger. One row per (request, sample) that was or may have been paid for.
enum class RequestState { kIntent, kAnswered, kFailed, kInDoubt };
struct RequestRecord {
  std::int64_t id = 0;
  std::string key;          // hash of canonical body, image bytes, model, sampling parameters, sample index
  std::string stage, item;  // who asked
  std::string provider, model;
  RequestState state = RequestState::kIntent;
  int attempt = 1;
  int http_status = 0;
  std::string error_code;  // of the API, or of the transport
  std::string answer;      // raw body, stored before it is parsed
  std::int64_t tokens_in = 0, tokens_out = 0;
  double cost = 0;  // in the price table's currency
  double seconds = 0;
};
class Ledger {
 public:
  explicit Ledger(Manifest& manifest);
  // Durable before it returns when the manifest was opened with Durability::kFull. Returns row ids, in order.
  std::vector<std::int64_t> record_intents(const std::vector<RequestRecord>& requests);
  void record_answers(
      const std::vector<RequestRecord>& requests);  // by id: state, status, answer, tokens, cost …
  std::optional<RequestRecord> answered(
      const std::string& key) const;  // an earlier answer: never bought twice
  // Intents of dead owners from an earlier run become in doubt; returns how many.
  std::int64_t mark_in_doubt(const std::string& stage);
  struct Spend {
    std::int64_t requests = 0, answered = 0, failed = 0, in_doubt = 0, tokens_in = 0, tokens_out = 0;
    double cost = 0;
  };
  Spend spend(const std::string& stage = {}) const;

 private:
  Manifest& manifest_;
};

// A box that a vision-language model gave; every one is kept.
struct Box {
  std::string uid, part;
  int view = 0, sample = 0, index = 0;  // index: several boxes in one reply
  int pass = 1;                         // 2: the zoomed pass
  std::int64_t request_id = 0;
  std::array<int, 4> xyxy{};  // pixels of the labelling view, x1 and y1 exclusive
  std::string flag;           // "" or "out_of_range", "inverted", "empty"
};
// Replaces all boxes of (uid, part).
void replace_boxes(Manifest& manifest, const std::string& uid, const std::string& part,
                   const std::vector<Box>& boxes);
std::vector<Box> boxes_of(Manifest& manifest, const std::string& uid,
                          const std::string& part);  // view, pass, sample, index order

struct PartSupport {  // what aggregate found for one part of one asset
  std::string uid, part;
  int views_with_boxes = 0, views_used = 0, boxes = 0;
  std::int64_t visible_points = 0, positive_points = 0;  // heat > 0.5 after scaling
  double heat_max = 0;
};
void upsert_part_support(Manifest& manifest, const PartSupport& support);

struct MaskRecord {
  std::string uid, part;
  int view = 0;
  std::int64_t pixels = 0;
  std::string branch;  // which post-processing was taken: "threshold", "otsu", "otsu_fallback", "empty"
};
void replace_masks(Manifest& manifest, const std::string& uid, const std::string& part,
                   const std::vector<MaskRecord>& masks);
std::vector<MaskRecord> masks_of(Manifest& manifest, const std::string& uid);  // part, view order

}  // namespace funcorr
