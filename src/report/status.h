// One line on a terminal that says what is going on; nothing where stderr is not a terminal.
#pragma once

#include <string_view>

namespace midge::report {

class Status {
 public:
  Status();
  ~Status();  // clears the line
  Status(const Status&) = delete;
  Status& operator=(const Status&) = delete;
  void show(std::string_view what);

 private:
  bool terminal_;
  bool shown_ = false;
};

}  // namespace midge::report
