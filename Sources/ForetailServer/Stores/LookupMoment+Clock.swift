#if Server
import Foretail

extension LookupMoment {
    /// The present moment. The wall clock is read first: what lies between the two readings makes rows seem older, never younger.
    init(_ clock: ServerClock) {
        let wall = clock.now()
        self.init(monotonic: clock.monotonic, wall: wall)
    }
}
#endif
