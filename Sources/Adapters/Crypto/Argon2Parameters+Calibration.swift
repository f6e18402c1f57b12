extension Argon2Parameters {
  /// The strongest parameters whose hash takes at most the given time on this machine: memory is doubled first, up to
  /// 64 MiB, and passes are added then. Takes a few times as long as that hash.
  /// - Returns: the parameters and the time of one hash with them; never less than the recommended ones.
  public static func calibrated(within limit: Duration) -> (Argon2Parameters, Duration) {
    var best = (recommended, time(recommended))
    while best.1 <= limit {
      let next =
        best.0.memoryKiB < 65_536
        ? Argon2Parameters(memoryKiB: min(65_536, best.0.memoryKiB * 2), passes: best.0.passes)
        : Argon2Parameters(memoryKiB: best.0.memoryKiB, passes: best.0.passes + 1)
      guard next.isWithinLimits else { break }
      let taken = time(next)
      guard taken <= limit else { break }
      best = (next, taken)
    }
    return best
  }

  /// The median of three hashes.
  private static func time(_ parameters: Argon2Parameters) -> Duration {
    let clock = ContinuousClock()
    let times = (0..<3).map { _ in
      clock.measure {
        _ = Argon2PasswordHasher.hash(
          Array("correct horse".utf8), salt: Array("sixteen bytes in".utf8), parameters)
      }
    }
    return times.sorted()[1]
  }
}
