// swift-tools-version: 6.2
import PackageDescription

/// One program per parser. They link only with libFuzzer: build them with `Scripts/fuzz`, which instruments the whole graph.
let targets = ["fuzz-json", "fuzz-csv", "fuzz-time", "fuzz-cel", "fuzz-event-pattern", "fuzz-regex", "fuzz-log-line"]

let package = Package(
    name: "foretail-fuzzing",
    platforms: [.macOS(.v15)],
    dependencies: [
        // Without traits there is no command line: every program of the graph is a fuzz target.
        .package(name: "foretail", path: "..", traits: [])
    ],
    targets: [
        .systemLibrary(name: "CLibFuzzer"),
        .target(
            name: "FuzzSupport",
            dependencies: [
                "CLibFuzzer",
                .product(name: "FilterLanguage", package: "foretail"),
                .product(name: "Foretail", package: "foretail"),
            ]
        ),
    ]
        + targets.map { name in
            // The default linker fails on the debug information of instrumented code.
            .executableTarget(
                name: name, dependencies: ["FuzzSupport"], linkerSettings: [.unsafeFlags(["-use-ld=lld"])])
        },
    swiftLanguageModes: [.v6]
)
