"""Import-linter contract: a domain is entered from outside only by its public doors."""

from typing import Any

from importlinter import Contract, ContractCheck, fields, output


class DoorsContract(Contract):
    """Forbid imports into a domain from outside it, except through its doors.

    ``domains`` lists the domain packages (wildcards allowed); ``doors`` names the modules that others
    may import. Importing the package itself is always allowed. The composition root may also read
    each domain's ``manifest`` and ``urls`` by name, which are strings and no imports.
    """

    domains = fields.ListField(subfield=fields.ModuleExpressionField())
    doors = fields.ListField(subfield=fields.StringField())

    def check(self, graph: Any, verbose: bool) -> ContractCheck:  # noqa: ARG002  import-linter passes it
        """Collect every direct import that enters a domain by anything but a door."""
        domains = sorted(found for pattern in self.domains for found in graph.find_matching_modules(str(pattern)))
        broken = [crossing for domain in domains for crossing in self._crossings(graph, domain)]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def _crossings(self, graph: Any, domain: str) -> list[tuple[str, str]]:
        inside = {domain} | graph.find_descendants(domain)
        found = []
        for module in sorted(inside - {domain}):
            if module.removeprefix(f"{domain}.").split(".")[0] in self.doors:
                continue
            importers = graph.find_modules_that_directly_import(module)
            found += [(importer, module) for importer in sorted(importers) if importer not in inside]
        return found

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print each offending import on a line of its own."""
        for importer, module in check.metadata["broken"]:
            output.print_error(f"{importer} -> {module} (not a door)")
