/// An entity that Razorpay stores and lists.
protocol RazorpayEntity: Sendable {
  var id: String { get }
  /// Unix seconds.
  var createdAt: Int { get }
  var json: JSON { get }
}

/// All stored entities of one kind; none is ever removed.
struct RazorpayShelf<Entity: RazorpayEntity>: Sendable {
  private var entities: [String: Entity] = [:]
  /// In order of creation, the oldest first.
  private var ids: [String] = []

  subscript(id: String) -> Entity? { entities[id] }

  /// The entity, or Razorpay's error for an id that it does not know.
  func find(_ id: String) throws -> Entity {
    guard let entity = entities[id] else { throw RazorpayFailure.unknownID }
    return entity
  }

  /// Adds an entity, or replaces its former state.
  mutating func put(_ entity: Entity) {
    if entities.updateValue(entity, forKey: entity.id) == nil { ids.append(entity.id) }
  }

  /// The order of Razorpay's lists.
  var newestFirst: some Sequence<Entity> { ids.reversed().lazy.compactMap { entities[$0] } }
}

/// The requested part of a list.
struct RazorpayPage: Sendable {
  var count = Int.max
  var skip = 0
  /// Bounds of `created_at` in Unix seconds, both inclusive.
  var from: Int?
  var to: Int?

  static let all = RazorpayPage()

  func collection<Entity: RazorpayEntity>(_ newestFirst: some Sequence<Entity>) -> JSON {
    let items: [JSON] = newestFirst.lazy.filter { (from ?? .min)...(to ?? .max) ~= $0.createdAt }
      .dropFirst(skip).prefix(count).map(\.json)
    return ["entity": "collection", "count": .int(items.count), "items": .array(items)]
  }
}
