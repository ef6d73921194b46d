#pragma once

#include <nlohmann/json.hpp>

namespace funcorr {

// A bench measures one thing and returns what it found, with units in the names of its keys. `parameters` is
// an object; what it understands stands above its definition, in the file of its name. Throws std::exception
// when it cannot run.
nlohmann::json bench_assignment(const nlohmann::json& parameters);
nlohmann::json bench_backbone(const nlohmann::json& parameters);
nlohmann::json bench_discovery(const nlohmann::json& parameters);
nlohmann::json bench_evaluation(const nlohmann::json& parameters);
nlohmann::json bench_functional_loss(const nlohmann::json& parameters);
nlohmann::json bench_head_step(const nlohmann::json& parameters);
nlohmann::json bench_labeling(const nlohmann::json& parameters);
nlohmann::json bench_labels(const nlohmann::json& parameters);
nlohmann::json bench_loading(const nlohmann::json& parameters);
nlohmann::json bench_manifest(const nlohmann::json& parameters);
nlohmann::json bench_render(const nlohmann::json& parameters);
nlohmann::json bench_stored_features(const nlohmann::json& parameters);
nlohmann::json bench_training_step(const nlohmann::json& parameters);
nlohmann::json bench_visibility(const nlohmann::json& parameters);

}  // namespace funcorr
