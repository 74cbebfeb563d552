import Foundation
import Testing

@testable import FieldExtraction

/// Lines of sixteen kinds of logs, each with the number of the template that a reader would give it.
@Suite("Template grouping") struct TemplateGroupingTests {
    private struct Sample {
        var label: String
        var line: [UInt8]
    }

    private func samples(_ name: String) throws -> [Sample] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Samples")
        let text = try String(contentsOf: folder.appending(path: name + ".txt"), encoding: .utf8)
        return text.split(separator: "\n").map { row in
            let cells = row.split(separator: "\t", maxSplits: 1)
            return Sample(label: String(cells[0]), line: Array(cells[1].utf8))
        }
    }

    /// The share of lines whose group is exactly the labelled one: grouping accuracy (Zhu et al. 2019).
    private func accuracy(_ samples: [Sample]) -> Double {
        let reader = LogLineReader()
        var serials: [UInt64] = []
        for sample in samples {
            var parameters: [UInt8] = []
            serials.append(sample.line.withUnsafeBufferPointer { reader.template(of: $0, parameters: &parameters) })
        }
        for change in reader.withTree({ $0.takeAbsorptions() }) {
            serials = serials.map { $0 == change.from ? change.to : $0 }
        }
        let groups = Dictionary(grouping: serials.indices) { serials[$0] }
        let labels = Dictionary(grouping: samples.indices) { samples[$0].label }
        let right = samples.indices.filter { groups[serials[$0]] == labels[samples[$0].label] }
        return Double(right.count) / Double(samples.count)
    }

    @Test(
        "lines of one template are one group, lines of two are two",
        arguments: [
            ("android", 1), ("apache", 1), ("bgl", 1), ("hadoop", 1), ("hdfs", 1), ("healthapp", 1), ("hpc", 0.9),
            ("linux", 0.9), ("mac", 1), ("openssh", 1), ("openstack", 1), ("proxifier", 1), ("spark", 1),
            ("thunderbird", 1),
            ("windows", 1), ("zookeeper", 1),
        ])
    func grouping(name: String, floor: Double) throws {
        let samples = try samples(name)
        #expect(accuracy(samples) >= floor)
        // In another order the groups are the same.
        #expect(accuracy(samples.reversed()) >= floor)
    }
}
