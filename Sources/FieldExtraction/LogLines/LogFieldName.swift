/// The names that recognised fields have, whatever the format they were found in.
enum LogFieldName: UInt8 {
    case client, identity, user, time, method, path, `protocol`, status, bytes, referrer, agent
    case host, app, pid, facility, severity, level, thread, logger, pod, container, stream
    case label, node, state, request, messageID, own

    /// The name between quotes, with a comma before and a colon behind, as it stands in the event.
    var member: StaticString {
        switch self {
        case .client: #","client":"#
        case .identity: #","identity":"#
        case .user: #","user":"#
        case .time: #","time":"#
        case .method: #","method":"#
        case .path: #","path":"#
        case .protocol: #","protocol":"#
        case .status: #","status":"#
        case .bytes: #","bytes":"#
        case .referrer: #","referrer":"#
        case .agent: #","agent":"#
        case .host: #","host":"#
        case .app: #","app":"#
        case .pid: #","pid":"#
        case .facility: #","facility":"#
        case .severity: #","severity":"#
        case .level: #","level":"#
        case .thread: #","thread":"#
        case .logger: #","logger":"#
        case .pod: #","pod":"#
        case .container: #","container":"#
        case .stream: #","stream":"#
        case .label: #","label":"#
        case .node: #","node":"#
        case .state: #","state":"#
        case .request: #","request":"#
        case .messageID: #","message_id":"#
        case .own: ""
        }
    }
}
