#include "labeling/client/backoff.h"

namespace funcorr {

const OptionList<BackoffPolicy>& BackoffPolicy::options() {
  static const OptionList<BackoffPolicy> list{option("request_attempts", &BackoffPolicy::max_attempts)
                                                  .range(1, 1000)
                                                  .help("calls for one answer until it counts as failed")
                                                  .leaves_results()};
  return list;
}

}  // namespace funcorr
