import Glibc

/// A command to measure.
struct Job {
    /// What it is called in the report.
    var name: String
    /// Program and arguments.
    var arguments: [String]
    /// The file it reads.
    var input: String
    /// The bytes of that file.
    var bytes: Int
    /// Whether what it writes is thrown away: more than a disk should be asked to hold.
    var isMute = false
}

/// What a process used.
struct Usage {
    /// User and system CPU time.
    var seconds: Double
    /// The most memory it had resident, in KiB.
    var memory: Int
}

/// Runs a job with its output in a file, as a user would keep it, unless it is mute, and returns what it used.
func run(_ job: Job) -> Usage {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    let output = job.isMute ? "/dev/null" : job.input + ".out"
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    defer {
        posix_spawn_file_actions_destroy(&actions)
        if !job.isMute { unlink(output) }
    }
    var arguments: [UnsafeMutablePointer<CChar>?] = job.arguments.map { strdup($0) }
    arguments.append(nil)
    defer { for argument in arguments { free(argument) } }
    var process: pid_t = 0
    guard posix_spawn(&process, job.arguments[0], &actions, nil, arguments, environ) == 0 else {
        print("benchmarks: \(job.arguments[0]) does not start")
        exit(1)
    }
    var status: Int32 = 0
    var usage = rusage()
    guard wait4(process, &status, 0, &usage) == process, status == 0 else {
        print("benchmarks: \(job.name) ended with status \(status)")
        exit(1)
    }
    let seconds =
        Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    return Usage(seconds: seconds, memory: Int(usage.ru_maxrss))
}
