#!/usr/bin/env bash
# UNTRIED: written from the documentation of jpackage, never run on a Mac.
# Builds Step3.app and a .dmg. First build on that Mac: mvn -DskipTests -pl desktop-app -am package
# WINDOW_OPTIONS, if set, says what Java runs the window with, as ./step3 does for Linux.
# (JavaFX's libraries in desktop-app/target/lib are those of the system that builds).
set -euo pipefail
home="$(cd "$(dirname "$0")/../.." && pwd)"
target="${1:-$home/desktop-app/target/package}"
jdk="${JAVA_HOME:-$(/usr/libexec/java_home -v 25)}"
"$jdk/bin/jpackage" --type dmg --dest "$target" \
    --name Step3 --app-version 1.0.0 --vendor Step3 \
    --input "$home/desktop-app/target/lib" \
    --main-jar desktop-app-0.1.0-SNAPSHOT.jar --main-class io.step3.desktop.app.Main \
    --java-options "--enable-native-access=ALL-UNNAMED" \
    --java-options "--sun-misc-unsafe-memory-access=allow" \
    ${WINDOW_OPTIONS:+--java-options "$WINDOW_OPTIONS"}
