extension Duration {
  /// For the dates of fakes.
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
