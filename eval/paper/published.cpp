#include "eval/paper/published.h"

namespace funcorr {

const std::vector<std::string>& published_metrics() {
  static const std::vector<std::string> metrics{"transfer.distance", "transfer.pck@23", "transfer.pck@10",
                                                "discovery.f1@23",   "discovery.f1@10", "discovery.ap@23",
                                                "discovery.ap@10"};
  return metrics;
}

// Its rows of vision-language models are those of runs of locate that are named after them; CogVLM is
// locate's model where nothing else is said.
const std::vector<PublishedRow>& published_rows(PairSet set) {
  constexpr std::array<std::string_view, 2> kCogVlm{"vlm:cogvlm+backbone", "vlm+backbone"};
  // "Synthetic Evaluation Dataset"
  static const std::vector<PublishedRow> synthetic{
      {"Chance", {"chance"}, {0.310, 0.165, 0.046, 0.416, 0.176, 0.256, 0.093}},
      {"DINO", {"backbone"}, {0.212, 0.381, 0.148, 0.578, 0.281, 0.381, 0.130}},
      {"SD", {"sd"}, {0.268, 0.298, 0.126, 0.479, 0.231, 0.267, 0.097}},
      {"SD-DINO", {"sd-dino"}, {0.227, 0.376, 0.161, 0.563, 0.301, 0.341, 0.144}},
      {"CogVLM + DINO", kCogVlm, {0.180, 0.416, 0.158, 0.678, 0.333, 0.556, 0.188}},
      {"ManipVQA-P + DINO", {"vlm:manipvqa+backbone"}, {0.223, 0.346, 0.130, 0.575, 0.269, 0.418, 0.134}},
      {"ManipVQA-F + DINO",
       {"vlm-function:manipvqa+backbone"},
       {0.272, 0.259, 0.093, 0.528, 0.244, 0.320, 0.097}},
      {"Ours (functional only)", {"functional"}, {0.228, 0.287, 0.094, 0.575, 0.233, 0.441, 0.112}},
      {"Ours (spatial only)", {"spatial"}, {0.204, 0.470, 0.227, 0.610, 0.369, 0.412, 0.211}},
      {"Ours (full without mask loss)", {"full-no-mask"}, {0.170, 0.486, 0.227, 0.768, 0.470, 0.685, 0.338}},
      {"Ours (full with mask loss)", {"full"}, {0.172, 0.480, 0.223, 0.774, 0.471, 0.684, 0.330}}};
  // "Real Evaluation Dataset"
  static const std::vector<PublishedRow> real{
      {"Chance", {"chance"}, {0.313, 0.170, 0.045, 0.417, 0.167, 0.248, 0.087}},
      {"DINO", {"backbone"}, {0.206, 0.408, 0.159, 0.589, 0.294, 0.382, 0.138}},
      {"SD", {"sd"}, {0.259, 0.309, 0.127, 0.503, 0.238, 0.285, 0.101}},
      {"SD-DINO", {"sd-dino"}, {0.220, 0.385, 0.163, 0.577, 0.301, 0.343, 0.142}},
      {"CogVLM + DINO", kCogVlm, {0.172, 0.440, 0.169, 0.695, 0.350, 0.561, 0.198}},
      {"ManipVQA-P + DINO", {"vlm:manipvqa+backbone"}, {0.204, 0.398, 0.153, 0.600, 0.295, 0.420, 0.148}},
      {"ManipVQA-F + DINO",
       {"vlm-function:manipvqa+backbone"},
       {0.256, 0.309, 0.114, 0.575, 0.281, 0.368, 0.126}},
      {"Ours (functional only)", {"functional"}, {0.200, 0.336, 0.115, 0.652, 0.283, 0.532, 0.148}},
      {"Ours (spatial only)", {"spatial"}, {0.203, 0.472, 0.228, 0.708, 0.353, 0.382, 0.182}},
      {"Ours (full without mask loss)", {"full-no-mask"}, {0.152, 0.516, 0.249, 0.775, 0.476, 0.691, 0.344}},
      {"Ours (full with mask loss)", {"full"}, {0.153, 0.501, 0.235, 0.808, 0.502, 0.730, 0.360}}};
  return set == PairSet::kReal ? real : synthetic;
}

}  // namespace funcorr
