# UNTRIED: written from the documentation of jpackage, never run on Windows.
# Builds an .msi; needs WiX. First build on that computer: mvn -DskipTests -pl desktop-app -am package
# (JavaFX's libraries in desktop-app\target\lib are those of the system that builds).
$ErrorActionPreference = "Stop"
$root = Resolve-Path "$PSScriptRoot\..\.."
& "$env:JAVA_HOME\bin\jpackage" --type msi --dest "$root\desktop-app\target\package" `
    --name Step3 --app-version 0.1.0 --vendor Step3 `
    --input "$root\desktop-app\target\lib" `
    --main-jar desktop-app-0.1.0-SNAPSHOT.jar --main-class io.step3.desktop.app.Main `
    --java-options "--enable-native-access=ALL-UNNAMED" `
    --java-options "--sun-misc-unsafe-memory-access=allow" `
    --win-menu --win-shortcut --win-per-user-install
