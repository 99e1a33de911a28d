// One libaiges.so a process.
#pragma once

namespace aiges {

// Fails when the process has loaded another copy of this library (say pip's and a system's) before
// this one: each has its own table of engines and statistics, and neither would see what the other
// has open. The first copy goes on.
int check_single_copy();

}  // namespace aiges
