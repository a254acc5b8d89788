//! Where the router is.

use std::net::Ipv4Addr;

/// The system's table of routes, where there is one to read.
const ROUTES: &str = "/proc/net/route";

/// Says of a route that it leads by way of a gateway.
const IS_GATEWAY: u32 = 2;

/// The router by which this machine reaches the world; `None` where the system does not tell.
pub(in crate::engine) fn find() -> Option<Ipv4Addr> {
    gateway(&std::fs::read_to_string(ROUTES).ok()?)
}

/// The gateway of the default route with the smallest metric.
fn gateway(table: &str) -> Option<Ipv4Addr> {
    let routes = table.lines().skip(1).filter_map(default_route);
    routes.min_by_key(|(metric, _)| *metric).map(|(_, gateway)| gateway)
}

/// Metric and gateway, if the line is of a default route that has one.
fn default_route(line: &str) -> Option<(u32, Ipv4Addr)> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [_, destination, gateway, flags, _, _, metric, mask, ..] = *fields else { return None };
    let is_default = destination == "00000000" && mask == "00000000";
    let flags = u32::from_str_radix(flags, 16).ok()?;
    if !is_default || flags & IS_GATEWAY == 0 {
        return None;
    }
    // As the processor keeps an address that is in the order of the network.
    let gateway = u32::from_str_radix(gateway, 16).ok()?;
    Some((metric.parse().ok()?, Ipv4Addr::from(gateway.to_ne_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn the_default_route_with_the_smallest_metric_leads_to_the_router() {
        let table = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\n\
                     wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n\
                     eth0\t00000000\tFE01A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n\
                     tun0\t00000000\t00000000\t0001\t0\t0\t50\t00000000\t0\t0\t0\n\
                     eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n\
                     junk\n";
        assert_eq!(gateway(table), Some(Ipv4Addr::new(192, 168, 1, 254)));
        assert_eq!(gateway(""), None);
    }
}
