// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors in CI (`FORETAIL_STRICT=1`), never for an embedder.
let strict = Context.environment["FORETAIL_STRICT"] == "1"

let package = Package(
    name: "foretail",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "FilterLanguage", targets: ["FilterLanguage"]),
        .library(name: "Forecasting", targets: ["Forecasting"]),
        .library(name: "Foretail", targets: ["Foretail"]),
        .library(name: "ForetailTesting", targets: ["ForetailTesting"]),
        .executable(name: "foretail", targets: ["ForetailCLI"]),
    ],
    traits: [
        .default(enabledTraits: ["CommandLine"]),
        .trait(name: "CommandLine", description: "Builds the `foretail` command line. Embedders need none of it."),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    ],
    targets: [
        .target(name: "FieldExtraction"),
        .target(name: "FilterLanguage", dependencies: ["FieldExtraction"]),
        .target(name: "Forecasting"),
        .target(
            name: "Foretail",
            dependencies: [
                "FieldExtraction",
                "FilterLanguage",
                "Forecasting",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ]
        ),
        .target(name: "ForetailTesting", dependencies: ["Foretail"]),
        .executableTarget(
            name: "ForetailCLI",
            dependencies: [
                "FieldExtraction",
                "FilterLanguage",
                "Forecasting",
                "Foretail",
                .product(
                    name: "ArgumentParser", package: "swift-argument-parser",
                    condition: .when(traits: ["CommandLine"])
                ),
            ]
        ),

        .testTarget(name: "FieldExtractionTests", dependencies: ["FieldExtraction"]),
        .testTarget(name: "FilterLanguageTests", dependencies: ["FieldExtraction", "FilterLanguage"]),
        .testTarget(name: "ForecastingTests", dependencies: ["Forecasting", "ForetailTesting"]),
        .testTarget(
            name: "ForetailTests", dependencies: ["FieldExtraction", "Forecasting", "Foretail", "ForetailTesting"]),
        .testTarget(
            name: "ForetailCLITests",
            dependencies: [
                "ForetailCLI", "FieldExtraction", "Forecasting", "Foretail", "ForetailTesting",
                .product(
                    name: "ArgumentParser", package: "swift-argument-parser",
                    condition: .when(traits: ["CommandLine"])),
            ]),
    ],
    swiftLanguageModes: [.v6]
)

/// Targets that must stay free of existentials, and say `unsafe` where they touch raw memory.
let core: Set<String> = ["FieldExtraction", "FilterLanguage", "Forecasting", "Foretail"]

for target in package.targets {
    var settings = target.swiftSettings ?? []
    settings += [
        .enableUpcomingFeature("ExistentialAny"),  // SE-0335
        .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
        .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461
    ]
    if core.contains(target.name) {
        settings.append(.strictMemorySafety())  // SE-0458
    }
    if strict {
        settings.append(.treatAllWarnings(as: .error))  // SE-0480
    }
    if core.contains(target.name) {
        settings.append(.treatWarning("ExistentialType", as: .error))
    }
    target.swiftSettings = settings
}
