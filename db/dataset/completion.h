#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

namespace funcorr {

// A server's raw answer, of whatever wire format it is, as one object of OpenAI's API: {"choices": [...],
// "usage": {...}}, {"data": [...]} or {"error": {...}}. Understood are
// - that object itself;
// - a stream of server-sent events (text/event-stream) that hold its chunks: the pieces of each choice
//   joined, usage where a chunk has it. Of a stream that breaks off, choices without their end are left out;
// - Anthropic's message or error (https://docs.anthropic.com/en/api/messages), and the stream of one; the
//   words for how it ended stay its own, read_reply() knows them.
// Half of a surrogate pair (\ud83d alone) is read as U+FFFD. What is none of these is a discarded value. A
// pure function.
nlohmann::json read_completion(std::string_view raw);

// The element of `list` ("choices", "data") with this index, by its own "index" where it has one; null: there
// is none.
nlohmann::json choice_of(const nlohmann::json& completion, const char* list, int index);

}  // namespace funcorr
