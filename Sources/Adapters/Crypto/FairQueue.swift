/// A queue in which clients take turns, so that a client with many elements delays only itself. It is bounded, for each
/// client and altogether. A client with a crowd of elements has only some of them in work at once.
struct FairQueue<Client: Hashable, Element> {
  enum Admission {
    case added
    /// Added in the place of this element of the client that has the most.
    case displaced(Element)
    case refused
  }

  private let maximumOfClient: Int
  private let maximum: Int
  private let crowd: Int
  private let crowdAtOnce: Int
  private var inWork: [Client: Int] = [:]
  private var waiting: [Client: [Element]] = [:]
  /// The clients that have elements waiting, in the order of their turns.
  private var turns: [Client] = []
  private(set) var count = 0

  /// - Parameters:
  ///   - maximumOfClient: the elements that may wait for one client.
  ///   - maximum: the elements that may wait altogether. Beyond it a client with fewer elements displaces the last one of
  ///     the client with the most.
  ///   - crowd: the number of waiting elements beyond which a client has at most `crowdAtOnce` in work.
  init(maximumOfClient: Int, maximum: Int, crowd: Int = .max, crowdAtOnce: Int = .max) {
    self.maximumOfClient = maximumOfClient
    self.maximum = maximum
    self.crowd = crowd
    self.crowdAtOnce = crowdAtOnce
  }

  /// Whether an element of the client would be added now.
  func hasRoom(for client: Client) -> Bool {
    let own = waiting[client]?.count ?? 0
    return own < maximumOfClient && (count < maximum || longest(above: own) != nil)
  }

  mutating func add(_ element: Element, of client: Client) -> Admission {
    let own = waiting[client]?.count ?? 0
    guard own < maximumOfClient else { return .refused }
    var displaced: Element?
    if count >= maximum {
      displaced = displace(forClientWith: own)
      if displaced == nil { return .refused }
    }
    if own == 0 { turns.append(client) }
    waiting[client, default: []].append(element)
    count += 1
    return displaced.map(Admission.displaced) ?? .added
  }

  /// The first element of the client whose turn it is, which is in work from now on. The client then waits behind the
  /// others. Nil if nothing waits, and if all that waits has to wait for `finish`.
  mutating func next(holdingCrowdsBack: Bool = true) -> (client: Client, element: Element)? {
    guard let turn = turns.firstIndex(where: { !holdingCrowdsBack || !isHeldBack($0) }) else { return nil }
    let client = turns.remove(at: turn)
    guard var elements = waiting[client], !elements.isEmpty else { return nil }
    let element = elements.removeFirst()
    waiting[client] = elements.isEmpty ? nil : elements
    if !elements.isEmpty { turns.append(client) }
    count -= 1
    inWork[client, default: 0] += 1
    return (client, element)
  }

  /// Notes that an element of the client, which `next` gave, is in work no more.
  mutating func finish(_ client: Client) {
    let left = inWork[client, default: 1] - 1
    inWork[client] = left > 0 ? left : nil
  }

  private func isHeldBack(_ client: Client) -> Bool {
    (waiting[client]?.count ?? 0) > crowd && (inWork[client] ?? 0) >= crowdAtOnce
  }

  private mutating func displace(forClientWith own: Int) -> Element? {
    guard let client = longest(above: own) else { return nil }
    count -= 1
    return waiting[client]?.popLast()
  }

  /// The client with the most elements, if those are more than one above the given number.
  private func longest(above own: Int) -> Client? {
    guard let (client, elements) = waiting.max(by: { $0.value.count < $1.value.count }), elements.count > own + 1 else {
      return nil
    }
    return client
  }
}
