// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "foretail-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        // Without traits there is no command line, and so nothing to fetch but swift-collections.
        .package(name: "foretail", path: "..", traits: [])
    ],
    targets: [
        // What the programs share: a normal deviate.
        .target(
            name: "BenchmarkSupport", dependencies: [.product(name: "ForetailTesting", package: "foretail")],
            path: "Sources/Support"),
        // Runs the built command line as a user would; needs nothing of the package itself.
        .executableTarget(
            name: "foretail-benchmarks",
            dependencies: [
                "BenchmarkSupport", .product(name: "ForetailTesting", package: "foretail"),
            ], path: "Sources/Program"),
        // Drives the numeric models in this process: their error, their cost, what each is worth.
        .executableTarget(
            name: "forecast-benchmarks",
            dependencies: [
                "BenchmarkSupport", .product(name: "Forecasting", package: "foretail"),
                .product(name: "ForetailTesting", package: "foretail"),
            ],
            path: "Sources/Forecast"),
        // Sizes and times of snapshots.
        .executableTarget(
            name: "snapshot-benchmarks",
            dependencies: [
                .product(name: "Forecasting", package: "foretail"), .product(name: "Foretail", package: "foretail"),
            ],
            path: "Sources/Snapshot"),
    ],
    swiftLanguageModes: [.v6]
)
