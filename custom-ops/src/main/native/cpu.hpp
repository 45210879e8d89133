#pragma once

namespace step3 {

// The highest step3_tier that runs here.
int cpu_tier();

// Cores that this process may use; hyper-threads of one core count once.
int physical_cores();

}  // namespace step3
