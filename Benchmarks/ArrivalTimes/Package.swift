// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "arrival-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "foretail", path: "../..")],
    targets: [
        .executableTarget(
            name: "arrival-benchmarks", dependencies: [.product(name: "Forecasting", package: "foretail")],
            path: "Sources")
    ],
    swiftLanguageModes: [.v6]
)
