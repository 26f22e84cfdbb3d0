using System.Diagnostics.CodeAnalysis;

namespace SniProxy.Api;

/// <summary>The tags of a measurement as a key that a span of tags can look up without being copied.</summary>
internal sealed class MetricTags(KeyValuePair<string, object?>[] tags)
{
    public ReadOnlySpan<KeyValuePair<string, object?>> Span => tags;

    /// <summary>Compares names and values in the order they were given.</summary>
    internal sealed class Comparer : IEqualityComparer<MetricTags>, IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, MetricTags>
    {
        public MetricTags Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate) => new(alternate.ToArray());

        public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, MetricTags other)
        {
            var others = other.Span;
            if (alternate.Length != others.Length)
            {
                return false;
            }

            for (var i = 0; i < alternate.Length; i++)
            {
                if (alternate[i].Key != others[i].Key || !Equals(alternate[i].Value, others[i].Value))
                {
                    return false;
                }
            }

            return true;
        }

        public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
        {
            var hash = default(HashCode);
            foreach (var (key, value) in alternate)
            {
                hash.Add(key);
                hash.Add(value);
            }

            return hash.ToHashCode();
        }

        public bool Equals(MetricTags? x, MetricTags? y) => ReferenceEquals(x, y) || (x is not null && y is not null && Equals(x.Span, y));

        public int GetHashCode([DisallowNull] MetricTags obj) => GetHashCode(obj.Span);
    }
}
