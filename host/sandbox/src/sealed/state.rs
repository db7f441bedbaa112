//! The store of a sealed call.

use std::sync::Arc;

use wasmtime::component::{Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::p2::bindings::clocks::monotonic_clock;
use wasmtime_wasi::p2::bindings::{cli, random, sockets};
use wasmtime_wasi::random::{WasiRandom, WasiRandomView as _};
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsView as _};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::clock::{Clock, Slept, View, Wall};
use super::filesystem;
use super::output::{SharedLog, Stream};
use super::seed::Seed;
use crate::call::{Fault, Limiter, Log, LogLevel, restrict};
use crate::{Files, Limits};

/// Random bytes that one call of the guest may get.
const RANDOM: u64 = 64 << 10;

/// What the host knows during a sealed call.
pub(crate) struct Sealed {
    limiter: Limiter,
    pub(super) files: Arc<Files>,
    pub(crate) log: SharedLog,
    wasi: WasiCtx,
    pub(super) table: ResourceTable,
    slept: Slept,
    streams: [Stream; 2],
}

impl WasiView for Sealed {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl Sealed {
    /// Logs what the guest printed without ending the line.
    pub(super) fn finish(&self) -> Result<(), Fault> {
        self.streams.iter().try_for_each(Stream::finish)
    }

    /// What the guest takes.
    pub(crate) fn limiter(&self) -> &Limiter {
        &self.limiter
    }

    /// What the guest said last, through `log` or on its standard error.
    pub(super) fn said(&self) -> Option<String> {
        let logged = self.log.lock().last_error();
        let [_, error] = &self.streams;
        logged.or_else(|| error.last())
    }
}

/// WASI 0.2, whatever a component may import of it. What it gets behind these functions is decided
/// by [`store`].
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<Sealed>> {
    let mut linker = Linker::new(engine);
    // Streams, clocks, random numbers and standard streams.
    wasmtime_wasi::p2::add_to_linker_proxy_interfaces_async(&mut linker)?;
    random::insecure::add_to_linker::<_, WasiRandom>(&mut linker, Sealed::random)?;
    random::insecure_seed::add_to_linker::<_, WasiRandom>(&mut linker, Sealed::random)?;
    command_line(&mut linker)?;
    network(&mut linker)?;
    // wasmtime's files are those of the machine.
    filesystem::add_to_linker(&mut linker)?;
    // Its alarms ring in real time, whatever clock one gives it.
    linker.allow_shadowing(true);
    monotonic_clock::add_to_linker::<_, Clock>(&mut linker, |state: &mut Sealed| View {
        slept: &state.slept,
        table: &mut state.table,
    })?;
    linker.allow_shadowing(false);
    Ok(linker)
}

fn command_line(linker: &mut Linker<Sealed>) -> wasmtime::Result<()> {
    cli::exit::add_to_linker::<_, WasiCli>(linker, Sealed::cli)?;
    cli::environment::add_to_linker::<_, WasiCli>(linker, Sealed::cli)?;
    cli::terminal_input::add_to_linker::<_, WasiCli>(linker, Sealed::cli)?;
    cli::terminal_output::add_to_linker::<_, WasiCli>(linker, Sealed::cli)?;
    cli::terminal_stdin::add_to_linker::<_, WasiCli>(linker, Sealed::cli)?;
    cli::terminal_stdout::add_to_linker::<_, WasiCli>(linker, Sealed::cli)?;
    cli::terminal_stderr::add_to_linker::<_, WasiCli>(linker, Sealed::cli)
}

/// All of it answers that it may not.
fn network(linker: &mut Linker<Sealed>) -> wasmtime::Result<()> {
    let options = sockets::network::LinkOptions::default();
    sockets::network::add_to_linker::<_, WasiSockets>(linker, &options, Sealed::sockets)?;
    sockets::instance_network::add_to_linker::<_, WasiSockets>(linker, Sealed::sockets)?;
    sockets::ip_name_lookup::add_to_linker::<_, WasiSockets>(linker, Sealed::sockets)?;
    sockets::tcp::add_to_linker::<_, WasiSockets>(linker, Sealed::sockets)?;
    sockets::tcp_create_socket::add_to_linker::<_, WasiSockets>(linker, Sealed::sockets)?;
    sockets::udp::add_to_linker::<_, WasiSockets>(linker, Sealed::sockets)?;
    sockets::udp_create_socket::add_to_linker::<_, WasiSockets>(linker, Sealed::sockets)
}

/// A store in which one sealed call runs under `limits`, its time beginning now.
pub(crate) fn store(
    engine: &Engine,
    limits: &Limits,
    log: Log,
    seed: &Seed,
    files: Arc<Files>,
) -> wasmtime::Result<Store<Sealed>> {
    let log = SharedLog::new(log);
    let streams = [LogLevel::Info, LogLevel::Warning].map(|level| Stream::new(&log, level));
    let mut table = ResourceTable::new();
    table.set_max_capacity(limits.handles);
    let sealed = Sealed {
        limiter: Limiter::new(limits),
        files,
        wasi: closed(&streams, seed),
        log,
        table,
        slept: Slept::default(),
        streams,
    };
    let mut store = Store::new(engine, sealed);
    store.limiter(|state| &mut state.limiter);
    restrict(&mut store, limits)?;
    Ok(store)
}

/// A WASI without anything. Each line says what would otherwise be open, also where it is
/// wasmtime's default: there, defaults are not ours.
fn closed([output, error]: &[Stream; 2], seed: &Seed) -> WasiCtx {
    let mut builder = WasiCtx::builder();
    let mut numbers = [0; 16];
    use chacha20::rand_core::Rng;
    seed.generator("insecure seed").fill_bytes(&mut numbers);
    builder
        .stdin(tokio::io::empty())
        .stdout(output.clone())
        .stderr(error.clone())
        .secure_random(seed.generator("random"))
        .insecure_random(seed.generator("insecure random"))
        .insecure_random_seed(u128::from_le_bytes(numbers))
        .max_random_size(RANDOM)
        .wall_clock(Wall)
        .socket_addr_check(|_, _| Box::pin(async { false }))
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false);
    builder.build()
}
