// Result<T>: a value, or the one line a user needs to put things right.
//
// Used wherever the fault can be the user's: a bad file, an unsupported operator, a model too large, a board
// that is not there. A fault of our own trips MIDGE_CHECK (check.h) instead. No exception crosses a module
// border. Rejected: error codes with out-parameters (easy to ignore), exceptions (invisible in signatures).
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace midge {

// What kind of fault it is; each kind has a documented exit code (docs/exit_codes.md).
enum class ErrorKind {
  kCheckFailed,  // exit 1: results differ
  kUsage,        // exit 2: wrong option, file missing or unreadable, unknown board
  kModel,        // exit 3: the model is broken or uses what is not supported
  kDoesNotFit,   // exit 4: the board's memory is too small
  kTool,         // exit 5: compiler, emulator or board failed
};

struct Error {
  ErrorKind kind = ErrorKind::kModel;
  std::string message;  // one line: the place, what is wrong, the cure
};

template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
  using Base = std::expected<T, Error>;

 public:
  using Base::Base;
  Result(Error error) : Base(std::unexpected(std::move(error))) {}  // so that `return error;` reads well
};

template <>
class [[nodiscard]] Result<void> : public std::expected<void, Error> {
  using Base = std::expected<void, Error>;

 public:
  using Base::Base;
  Result(Error error) : Base(std::unexpected(std::move(error))) {}
};

inline Error usage_error(std::string message) {
  return {ErrorKind::kUsage, std::move(message)};
}
inline Error model_error(std::string message) {
  return {ErrorKind::kModel, std::move(message)};
}
inline Error fit_error(std::string message) {
  return {ErrorKind::kDoesNotFit, std::move(message)};
}
inline Error tool_error(std::string message) {
  return {ErrorKind::kTool, std::move(message)};
}

// Returns the error of `expr` (a Result) from the enclosing function, if it has one.
#define MIDGE_TRY(expr)                                     \
  do {                                                      \
    if (auto midge_try_ = (expr); !midge_try_.has_value())  \
      return ::midge::Error(std::move(midge_try_).error()); \
  } while (0)

#define MIDGE_CONCAT_(a, b) a##b
#define MIDGE_CONCAT(a, b) MIDGE_CONCAT_(a, b)
// MIDGE_ASSIGN(auto x, expr): x = the value of the Result `expr`, or returns its error.
#define MIDGE_ASSIGN(decl, expr) MIDGE_ASSIGN_(decl, expr, MIDGE_CONCAT(midge_result_, __LINE__))
#define MIDGE_ASSIGN_(decl, expr, tmp)                                 \
  auto tmp = (expr);                                                   \
  if (!tmp.has_value()) return ::midge::Error(std::move(tmp).error()); \
  decl = std::move(*tmp)

}  // namespace midge
