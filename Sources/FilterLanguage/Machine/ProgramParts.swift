/// What the compiler collects for a program.
struct ProgramParts {
    var code: [Instruction] = []
    var constants: [Value] = []
    var sets: [ConstantSet] = []
    var patterns: [Pattern] = []
    var zones: [TimeZone] = []
    /// Where zones are found that events name.
    var database = TimeZoneDatabase.platform
    var text: [UInt8] = []
    var handlers: [Program.Handler] = []
    /// The handler of each instruction, from 1; 0 for none.
    var handlerNumbers: [UInt16] = []
    /// The source offset of each instruction.
    var offsets: [Int32] = []
    var capacity = 0
    /// The truths that are neither tests of fields nor `&&`, `||`, `!`: inner before outer.
    var opaque: [Range<Int>] = []
}
