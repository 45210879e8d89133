#!/usr/bin/env bash
# Builds an application image, and a .deb where dpkg-deb and fakeroot are there, with a Java runtime inside.
# Run by: ./step3 package [TARGET FOLDER], which names the jars, and in WINDOW_OPTIONS what Java runs the window with.
set -euo pipefail
home="$1"
lib="$2"
target="${3:-$home/desktop-app/target/package}"
version=0.1.0
here="$home/desktop-app/package"
modules=java.base,java.desktop,java.logging,java.management,java.naming,java.net.http,java.scripting,java.sql,java.xml,jdk.charsets,jdk.crypto.ec,jdk.management,jdk.unsupported,jdk.zipfs

mkdir -p "$target"
rm -rf "$target/runtime" "$target/Step3"
"$JAVA_HOME/bin/jlink" --add-modules "$modules" --strip-debug --no-header-files --no-man-pages \
    --compress zip-6 --output "$target/runtime"
options=(
    --name Step3 --app-version "$version" --vendor Step3
    --description "Talk to Step3 with pictures, and watch it think"
    --input "$lib"
    --main-jar "desktop-app-$version-SNAPSHOT.jar" --main-class io.step3.desktop.app.Main
    --java-options "--enable-native-access=ALL-UNNAMED"
    --java-options "--sun-misc-unsafe-memory-access=allow"
    --java-options "$WINDOW_OPTIONS"
    --runtime-image "$target/runtime"
    --icon "$home/desktop-app/src/main/resources/io/step3/desktop/app/icon.png"
)
"$JAVA_HOME/bin/jpackage" --type app-image --dest "$target" "${options[@]}"
echo "application image: $target/Step3/bin/Step3 ($(du -sh "$target/Step3" | cut -f1))"
if command -v dpkg-deb >/dev/null && command -v fakeroot >/dev/null; then
    "$JAVA_HOME/bin/jpackage" --type deb --dest "$target" "${options[@]}" \
        --resource-dir "$here/linux" --linux-package-deps libgtk-3-0 \
        --linux-package-name step3-desktop --linux-shortcut --linux-menu-group "Science;Education"
    deb="$(ls -t "$target"/*.deb | head -1)"
    echo "Debian package: $deb ($(du -h "$deb" | cut -f1))"
else
    echo "no .deb: install dpkg-deb and fakeroot for one"
fi
rm -rf "$target/runtime"
