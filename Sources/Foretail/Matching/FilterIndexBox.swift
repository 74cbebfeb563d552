/// The one place a stream's filter index lives, so that what holds it may be moved about freely.
final class FilterIndexBox {
    var index = FilterIndex()
}
