using System.Collections;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using SniProxy.Proxy.Connections;

namespace SniProxy.Proxy.Loops;

/// <summary>
/// What Kestrel's middleware knows of a loop's connection. It has one feature, itself, and whatever else somebody adds: it is its own
/// collection, because a dictionary for one entry would cost each connection 400 bytes.
/// </summary>
internal abstract class LoopContext : ConnectionContext, IFeatureCollection
{
    private IDictionary<object, object?>? items;
    private FeatureCollection? others;

    public override IFeatureCollection Features => this;

    public override IDictionary<object, object?> Items
    {
        get => items ??= new ConnectionItems();
        set => items = value;
    }

    public override IDuplexPipe Transport
    {
        get => throw new NotSupportedException($"The bytes are reached by {nameof(IProxiedConnection)}.");
        set => throw new NotSupportedException($"The bytes are reached by {nameof(IProxiedConnection)}.");
    }

    bool IFeatureCollection.IsReadOnly => false;

    int IFeatureCollection.Revision => others?.Revision ?? 0;

    object? IFeatureCollection.this[Type key]
    {
        get => others?[key] ?? (key == typeof(IProxiedConnection) ? this : null);
        set => (others ??= new FeatureCollection())[key] = value;
    }

    TFeature? IFeatureCollection.Get<TFeature>()
        where TFeature : default => (TFeature?)Features[typeof(TFeature)];

    void IFeatureCollection.Set<TFeature>(TFeature? instance)
        where TFeature : default => Features[typeof(TFeature)] = instance;

    IEnumerator<KeyValuePair<Type, object>> IEnumerable<KeyValuePair<Type, object>>.GetEnumerator()
    {
        if (others?[typeof(IProxiedConnection)] is null)
        {
            yield return new(typeof(IProxiedConnection), this);
        }

        foreach (var other in others ?? [])
        {
            yield return other;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<KeyValuePair<Type, object>>)this).GetEnumerator();
}
