#pragma once

namespace funcorr {

// Bytes of the shard of an object, about.
double estimated_shard_bytes(int views, int parts);

}  // namespace funcorr
