using System.Runtime.Versioning;

// What is tested runs on Linux alone, and so do its tests.
[assembly: SupportedOSPlatform("linux")]
