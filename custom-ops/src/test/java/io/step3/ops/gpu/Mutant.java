package io.step3.ops.gpu;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A kernel without one of the things that keep it right.
 *
 * @param kernel its name
 * @param kind what it lacks
 * @param number which of this kind in the kernel, from 1
 * @param line of its module's PTX, from 1
 * @param replacement what stands there instead
 */
record Mutant(String kernel, Kind kind, int number, int line, String replacement) {

    enum Kind {
        BARRIER("barrier"),
        WAIT("wait"),
        WEAKER_WAIT("weaker_wait"),
        GUARD("guard");

        final String name;

        Kind(String name) {
            this.name = name;
        }
    }

    private static final Pattern ENTRY =
            Pattern.compile("^\\s*(?:\\.visible\\s+)?\\.entry (\\w+)\\(");
    private static final Pattern LABEL = Pattern.compile("^\\s*(\\$\\w+):");
    private static final Pattern BARRIER =
            Pattern.compile("^\\s*(bar|barrier)\\.(warp\\.)?sync\\b.*");
    private static final Pattern WAIT = Pattern.compile("^\\s*cp\\.async\\.wait_group (\\d+);.*");
    private static final Pattern STORE =
            Pattern.compile(
                    "^\\s*(@!?%\\w+)?\\s*((?:st\\.global|st\\.v|st\\.[a-z]\\d|atom\\.|red\\.).*)");
    private static final Pattern BRANCH = Pattern.compile("^\\s*@!?%\\w+ bra\\s+(\\$\\w+);.*");
    private static final Pattern ALWAYS = Pattern.compile("^\\s*bra(?:\\.uni)?\\s+(\\$\\w+);.*");

    /** The same mutant in each build of one toolkit. */
    String key() {
        return "%s.%s.%d".formatted(kernel, kind.name, number);
    }

    /** All mutants of a module. */
    static List<Mutant> of(String ptx) {
        List<Mutant> all = new ArrayList<>();
        List<String> lines = ptx.lines().toList();
        int begin = 0;
        String kernel = null;
        for (int i = 0; i <= lines.size(); i++) {
            Matcher entry = i < lines.size() ? ENTRY.matcher(lines.get(i)) : null;
            if (entry == null || entry.find()) {
                if (kernel != null) {
                    ofKernel(all, kernel, lines, begin, i);
                }
                kernel = entry == null ? null : entry.group(1);
                begin = i;
            }
        }
        return all;
    }

    private static void ofKernel(
            List<Mutant> all, String kernel, List<String> lines, int begin, int end) {
        Map<String, Integer> labels = new HashMap<>();
        for (int i = begin; i < end; i++) {
            Matcher label = LABEL.matcher(lines.get(i));
            if (label.find()) {
                labels.put(label.group(1), i);
            }
        }
        int barriers = 0;
        int waits = 0;
        Map<Integer, String> guards = new TreeMap<>();
        for (int i = begin; i < end; i++) {
            String line = lines.get(i);
            Matcher wait = WAIT.matcher(line);
            Matcher store = STORE.matcher(line);
            if (BARRIER.matcher(line).matches()) {
                all.add(new Mutant(kernel, Kind.BARRIER, ++barriers, i + 1, ""));
            } else if (wait.matches()) {
                all.add(new Mutant(kernel, Kind.WAIT, ++waits, i + 1, ""));
                String weaker =
                        "cp.async.wait_group " + (Integer.parseInt(wait.group(1)) + 1) + ";";
                all.add(new Mutant(kernel, Kind.WEAKER_WAIT, waits, i + 1, weaker));
            } else if (store.matches()) {
                if (store.group(1) != null) {
                    guards.put(i, store.group(2));
                } else {
                    guard(guards, lines, labels, begin, i);
                }
            }
        }
        int number = 0;
        for (Map.Entry<Integer, String> guard : guards.entrySet()) {
            all.add(new Mutant(kernel, Kind.GUARD, ++number, guard.getKey() + 1, guard.getValue()));
        }
    }

    /** The nearest branch before a store that leads around it, or alone to it. */
    private static void guard(
            Map<Integer, String> guards,
            List<String> lines,
            Map<String, Integer> labels,
            int begin,
            int store) {
        for (int i = store - 1; i > begin; i--) {
            Matcher branch = BRANCH.matcher(lines.get(i));
            if (!branch.matches()) {
                continue;
            }
            int target = labels.get(branch.group(1));
            if (target > store) {
                guards.put(i, ""); // it never leads around
                return;
            }
            Matcher otherwise = ALWAYS.matcher(lines.get(i + 1));
            if (target > i && otherwise.matches() && labels.get(otherwise.group(1)) > store) {
                guards.put(i, "bra " + branch.group(1) + ";"); // it always leads there
                return;
            }
        }
    }
}
