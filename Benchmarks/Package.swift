// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "foretail-benchmarks",
    platforms: [.macOS(.v15)],
    targets: [
        // Runs the built command line as a user would; needs nothing of the package itself.
        .executableTarget(name: "foretail-benchmarks", path: "Sources")
    ],
    swiftLanguageModes: [.v6]
)
