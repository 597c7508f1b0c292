//! Hosts in one process, with disks that fail and connections that break.
mod connection_cuts;
mod disk_faults;
mod lab;
mod operands;
mod scene;
mod unreadable;
