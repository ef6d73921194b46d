#pragma once

namespace funcorr {

// What goes wrong on the way: shares of requests, 0 … 1. 429 and 500 cost nothing; a hang and a drop happen
// when the answer is written already, so that it is billed.
struct Faults {
  double too_many_requests = 0;  // 429 with Retry-After
  double server_error = 0;       // 500
  double hang = 0;               // headers, then nothing for hang_seconds
  double drop = 0;               // the connection is closed in the middle of the body
  double latency_seconds = 0;
  double latency_spread = 0;  // 0 … 1: latency is uniform in latency · (1 ± spread)
  double hang_seconds = 60;
  double retry_after_seconds = 1;
};

}  // namespace funcorr
