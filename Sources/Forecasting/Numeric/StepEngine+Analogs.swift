/// The analogs' part in a step's forecast.
extension StepEngine {
    /// Fills in the analogs' lanes: what followed moments like this one, around the mix of the other experts.
    @inline(__always)
    func addAnalogs(
        _ experts: inout ExpertVector, active: ExpertVector, bucket: Int, stepIndex: Int,
        shared: borrowing SharedModels, analogs: borrowing SeriesAnalogs, record: Cells
    ) {
        var before = active
        before.first[2] = 0
        before.third[3] = 0
        before.fourth = .zero
        let mix =
            scored < StepEngine.mixJoins ? experts.first[0] : mixer.mix(experts, active: before, bucket: bucket).value
        experts.first[2] = mix
        let changes = analogs.mixChanges(stepIndex)
        changes[analogs.window.head] = mix - experts.first[0]
        var pairs = SIMD4<Float>.zero
        if models.contains(.shortAnalogs), sleepers.isAwake(.short) {
            let output = short.forecast(
                step: step, mix: mix, mixChanges: changes, memory: analogs.short, window: analogs.window,
                history: shared.history)
            experts.third[3] = shared.clipped(output.anchored, missing: mix)
            experts.fourth[0] = shared.clipped(output.mixed, missing: mix)
            experts.fourth[1] = shared.clipped(output.local, missing: mix)
            pairs[0] = output.followed
            pairs[1] = output.offset
        }
        if models.contains(.longAnalogs), sleepers.isAwake(.long) {
            let output = long.forecast(
                step: step, mix: mix, mixChanges: changes, memory: analogs.long, window: analogs.window,
                history: shared.history)
            experts.fourth[2] = shared.clipped(output.anchored, missing: mix)
            experts.fourth[3] = shared.clipped(output.local, missing: mix)
            pairs[2] = output.followed
            pairs[3] = output.offset
        }
        record[four: Pending.analogs / 4] = pairs
    }
}
