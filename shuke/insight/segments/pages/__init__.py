"""The segment pages: ``browsing`` what there is, ``editing`` rules, ``members`` by hand and as files."""
