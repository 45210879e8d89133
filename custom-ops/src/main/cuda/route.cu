// Groups the choices of tokens by expert, so that each expert's weights are read once for all its tokens. On the device:
// the host learns nothing of what the router chose, and waits for nothing.
#include "arguments.cuh"
#include "plain.cuh"
#include "ptx.cuh"

namespace {

constexpr int kThreads = 1024;

struct Shared {
    int counts[kThreads + 1];  // of an expert's places; then where they begin
};

}  // namespace

// One thread block; thread e looks for the places of expert e. Reads of `ids` are the same for all threads.
KERNEL(group_places, GroupPlaces, 1024, 1) {
    Shared &shared = shared_memory<Shared>();
    const int expert = thread_id();
    for (int p = expert; p < a.places; p += kThreads) {
        if (a.ids[p] < 0 || a.ids[p] >= a.experts) {
            plain::report(static_cast<plain::Fault *>(a.fault), plain::kExpert, p, a.ids[p], a.experts);
        }
    }
    int count = 0;
    if (expert < a.experts) {
        for (int p = 0; p < a.places; p++) count += a.ids[p] == expert;
    }
    shared.counts[expert] = count;
    sync_block();
    if (expert >= a.experts) return;
    int first = 0, rank = 0;
    for (int e = 0; e < expert; e++) {
        first += shared.counts[e];
        rank += shared.counts[e] > 0;
    }
    a.from[expert] = first;
    if (count > 0 && rank < a.most) a.used[rank] = expert;
    if (expert == a.experts - 1) {
        a.from[a.experts] = first + count;
        for (int i = rank + (count > 0); i < a.most; i++) a.used[i] = -1;
    }
    for (int p = 0; count > 0 && p < a.places; p++) {
        if (a.ids[p] == expert) a.order[first++] = p;
    }
}
