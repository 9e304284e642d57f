"""PyPI's `georeport`, unmodified, against a running stack: what it reads, as JSON on the output.

python open311_georeport.py http://127.0.0.1:8001/open311/v2 NUMBER
"""

import json
import sys

from georeport import GeoReport


def main() -> None:
    root, number = sys.argv[1:]
    found = {}
    for form in ("json", "xml"):
        client = GeoReport(root, jurisdiction="SAMARINDA", output_format=form)
        services = client.get_service_list()
        definition = client.get_service_definition("road_damage")
        listed = client.get_service_requests(status="open")
        narrowed = client.get_service_requests(
            service_code="road_damage", start_date="2020-01-01T00:00:00Z", service_request_id=number
        )
        found[form] = {
            "services": sorted(one["service_code"] for one in services),
            "definition": definition["service_code"],
            "listed": sorted(one["service_request_id"] for one in listed),
            "narrowed": narrowed[0]["service_request_id"]
            if isinstance(narrowed, list)
            else narrowed["service_request_id"],
            "one": client.get_service_request(number),
        }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
